package io.crewline.account;

import io.crewline.platform.ApiException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rule for new passwords (NIST SP 800-63B §5.1.1.2): 8 to 256 characters of any kind in the
 * normal form NFC, but not only spaces, not the username, and none of the common ones in {@code
 * account/common-passwords.txt}.
 */
final class Passwords {
  private static final int SHORTEST = 8;
  private static final int LONGEST = 256;
  private static final String COMMON = "/account/common-passwords.txt";

  private Passwords() {}

  /** Read with the first new password. */
  private static final class Common {
    static final Set<String> PASSWORDS = read();

    private static Set<String> read() {
      try (InputStream file = Passwords.class.getResourceAsStream(COMMON)) {
        return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.startsWith("# "))
            .collect(Collectors.toUnmodifiableSet());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * The password, if it may be one of this user.
   *
   * @throws ApiException {@link io.crewline.platform.ErrorCode#BAD_REQUEST} that names the field
   */
  static String required(String field, @Nullable String password, String username) {
    if (password == null) {
      throw ApiException.badField(field, "is required");
    }
    // A lone surrogate has no UTF-8 form: different passwords would have the same bytes.
    if (password.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)) {
      throw ApiException.badField(field, "must not contain a lone surrogate");
    }
    String fault = fault(password, username);
    if (fault != null) {
      throw ApiException.badField(field, fault);
    }
    return password;
  }

  /** What is wrong with a password of this user, or null. */
  static @Nullable String fault(String password, String username) {
    String normal = normal(password);
    int length = normal.codePointCount(0, normal.length());
    if (length < SHORTEST || length > LONGEST) {
      return "must be " + SHORTEST + " to " + LONGEST + " characters long";
    }
    if (normal.codePoints().allMatch(Passwords::isSpace)) {
      return "must not be only spaces";
    }
    String bare = normal.strip().toLowerCase(Locale.ROOT);
    if (bare.equals(username.toLowerCase(Locale.ROOT))) {
      return "must not be the username";
    }
    return Common.PASSWORDS.contains(bare) ? "is one of the most common passwords" : null;
  }

  private static boolean isSpace(int character) {
    return Character.isWhitespace(character)
        || Character.isSpaceChar(character)
        || Character.getType(character) == Character.FORMAT;
  }

  /** The form in which a password is hashed, whichever way it was typed. */
  static String normal(String password) {
    return Normalizer.normalize(password, Normalizer.Form.NFC);
  }

  /** Whether it can be anyone's password at all. */
  static boolean isPossible(@Nullable String password) {
    return password != null && !password.isEmpty() && password.length() <= 4 * LONGEST;
  }
}
