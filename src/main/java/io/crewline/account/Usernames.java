package io.crewline.account;

import io.crewline.platform.ApiException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rule for usernames: 1 to 64 of a-z, 0-9, _ and -, the first a letter or digit. */
public final class Usernames {
  private static final Pattern PATTERN = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");

  private Usernames() {}

  public static boolean isValid(@Nullable String username) {
    return username != null && PATTERN.matcher(username).matches();
  }

  /**
   * The username, if it keeps the rule.
   *
   * @param field the name of the input field, for the error
   * @throws ApiException {@code badRequest} naming the field
   */
  public static String required(String field, @Nullable String username) {
    if (username == null) {
      throw ApiException.badField(field, "is required");
    }
    if (!isValid(username)) {
      throw ApiException.badField(
          field, "must be 1 to 64 of a-z, 0-9, _ and -, starting with a letter or digit");
    }
    return username;
  }
}
