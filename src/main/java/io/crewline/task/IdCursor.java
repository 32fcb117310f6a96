package io.crewline.task;

import io.crewline.platform.ApiException;
import io.crewline.platform.Paging;
import org.jspecify.annotations.Nullable;

/** The cursor of lists that are ordered by id. */
final class IdCursor {
  private IdCursor() {}

  static String of(String list, long last) {
    return Paging.cursor(list, Long.toString(last));
  }

  /** The id after which the page begins; 0 without a cursor. */
  static long after(String list, @Nullable String cursor) {
    String key = Paging.key(list, cursor);
    if (key.isEmpty()) {
      return 0;
    }
    if (!key.matches("\\d{1,18}")) {
      throw ApiException.badField("cursor", "is not one of this list");
    }
    return Long.parseLong(key);
  }
}
