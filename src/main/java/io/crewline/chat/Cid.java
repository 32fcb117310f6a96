package io.crewline.chat;

import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A room's id: {@code <type>:<id>}, each 1 to 64 of {@code a-z 0-9 _ -} and beginning with a letter
 * or digit.
 */
record Cid(String type, String id) {
  private static final Pattern PART = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");

  /** Stands for a cid that breaks the rule, until the input is refused. */
  static final Cid NONE = new Cid("", "");

  /** Parses a cid that came from outside. */
  static Cid parse(String field, @Nullable String text) {
    if (text == null) {
      throw ApiException.badField(field, "is required");
    }
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw ApiException.badField(field, "must be <type>:<id>, such as messaging:general");
    }
    return new Cid(part(field, text.substring(0, colon)), part(field, text.substring(colon + 1)));
  }

  /** Checks one side of the colon. */
  static String part(String field, String text) {
    if (!PART.matcher(text).matches()) {
      throw ApiException.badField(
          field, "must be 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit");
    }
    return text;
  }

  Topic topic() {
    return Topic.room(toString());
  }

  @Override
  public String toString() {
    return type + ":" + id;
  }
}
