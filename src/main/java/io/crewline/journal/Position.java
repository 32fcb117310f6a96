package io.crewline.journal;

import io.crewline.platform.ApiException;
import org.jspecify.annotations.Nullable;

/**
 * A place in a topic: everything up to and including {@code seq} has been seen.
 *
 * <p>A sequence number alone is not enough. Suppose that a client has seen event 120, and the
 * database goes back to last night's backup, in which the topic ends at 100. New events count from
 * 101 again, so the client that asks for what came after 120 would miss twenty events without
 * noticing. The epoch names one life of the topic: after a restore (or when a room is deleted and
 * made again) it is another one, the position no longer fits, and the client is told {@code reset}.
 *
 * @param epoch the life of the topic, 1 to 64 of {@code A-Z a-z 0-9 _ -}
 * @param seq the number of the last event seen, 0 before the first
 */
public record Position(String epoch, long seq) {

  /** Parses {@code <epoch>:<seq>} that came from outside; {@code field} is named in the error. */
  public static Position parse(String field, @Nullable String text) {
    if (text != null && text.length() <= 84) {
      int colon = text.lastIndexOf(':');
      if (colon > 0 && text.substring(0, colon).matches("[A-Za-z0-9_-]{1,64}")) {
        try {
          long seq = Long.parseLong(text.substring(colon + 1));
          if (seq >= 0) {
            return new Position(text.substring(0, colon), seq);
          }
        } catch (NumberFormatException e) {
          // answered below
        }
      }
    }
    throw ApiException.badField(field, "must be a position such as 4f1c2a9be07d:42");
  }

  /** As it stands on the wire: {@code <epoch>:<seq>}. */
  @Override
  public String toString() {
    return epoch + ":" + seq;
  }
}
