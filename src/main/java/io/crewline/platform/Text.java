package io.crewline.platform;

import org.jspecify.annotations.Nullable;

/**
 * The rules for text that people write. Length counts Unicode code points. Line feed and tab are
 * the only control characters; a carriage return before a line feed is accepted. Lone surrogates
 * have no UTF-8 form and {@code U+0000} cannot be stored by PostgreSQL, so both are refused rather
 * than changed.
 */
public final class Text {
  private Text() {}

  /** Checks a text that must be there: not blank, at most {@code max} characters. */
  public static String required(String field, @Nullable String value, int max) {
    if (value == null) {
      throw ApiException.badField(field, "is required");
    }
    String checked = checked(field, value, max);
    if (isBlank(checked)) {
      throw ApiException.badField(field, "must not be blank");
    }
    return checked;
  }

  /** Checks a text that may be absent; null stays null, blank text becomes null. */
  public static @Nullable String optional(String field, @Nullable String value, int max) {
    if (value == null) {
      return null;
    }
    String checked = checked(field, value, max);
    return isBlank(checked) ? null : checked;
  }

  private static String checked(String field, String value, int max) {
    if (value.length() > max && value.codePointCount(0, value.length()) > max) {
      throw ApiException.badField(field, "must be at most " + max + " characters");
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < 0x20 && c != '\n' && c != '\t' && c != '\r' || c == 0x7f) {
        throw ApiException.badField(
            field, "must not contain the control character U+%04X".formatted((int) c));
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < value.length()
          && Character.isLowSurrogate(value.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw ApiException.badField(field, "must not contain a lone surrogate");
      }
    }
    return value;
  }

  private static boolean isBlank(String value) {
    return value
        .codePoints()
        .allMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c) || isInvisible(c));
  }

  /** Zero-width characters that make a text look empty. */
  private static boolean isInvisible(int c) {
    return c == 0x200B || c == 0x200C || c == 0x200D || c == 0x2060 || c == 0xFEFF;
  }
}
