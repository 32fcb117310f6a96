package io.crewline.account;

import io.crewline.platform.ApiException;
import org.jspecify.annotations.Nullable;

/** The rule for new passwords: 8 to 256 characters of any kind. */
final class Passwords {
  private static final int SHORTEST = 8;
  private static final int LONGEST = 256;

  private Passwords() {}

  static String required(String field, @Nullable String password) {
    if (password == null) {
      throw ApiException.badField(field, "is required");
    }
    int length = password.codePointCount(0, password.length());
    if (length < SHORTEST || length > LONGEST) {
      throw ApiException.badField(
          field, "must be " + SHORTEST + " to " + LONGEST + " characters long");
    }
    // A lone surrogate has no UTF-8 form: different passwords would have the same bytes.
    if (password.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)) {
      throw ApiException.badField(field, "must not contain a lone surrogate");
    }
    return password;
  }

  /** Whether it can be anyone's password at all. */
  static boolean isPossible(@Nullable String password) {
    return password != null && !password.isEmpty() && password.length() <= 2 * LONGEST;
  }
}
