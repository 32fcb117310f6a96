package io.crewline.platform;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** What list calls share: the limit of a page and the opaque cursor to the next. */
public final class Paging {
  /** No page is longer. */
  public static final int LARGEST_PAGE = 200;

  private Paging() {}

  /** Checks a limit, 1 to 200. */
  public static int limit(int limit) {
    if (limit < 1 || limit > LARGEST_PAGE) {
      throw ApiException.badField("limit", limit + " (expected: 1 to " + LARGEST_PAGE + ")");
    }
    return limit;
  }

  /**
   * The cursor that stands for a key.
   *
   * @param list the name of the list: a cursor of one is refused by all others; without spaces
   */
  public static String cursor(String list, String key) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((list + " " + key).getBytes(StandardCharsets.UTF_8));
  }

  /** The key of a cursor of that list that came from outside, or the empty text without one. */
  public static String key(String list, @Nullable String cursor) {
    if (cursor == null) {
      return "";
    }
    try {
      String key = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
      if (key.length() <= 400
          && key.startsWith(list + " ")
          && key.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
        return key.substring(list.length() + 1);
      }
    } catch (IllegalArgumentException e) {
      // answered below
    }
    throw ApiException.badField("cursor", "is not one of this list");
  }
}
