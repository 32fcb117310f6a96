package io.crewline.realtime;

import io.crewline.journal.JournalEntry;
import java.util.List;

/**
 * How a protocol writes things. One instance for each protocol, so that sessions which share it can
 * share frames. Thread-safe. The caller owns what it gets.
 */
public interface Encoding {
  Frame event(JournalEntry entry);

  /** The given event frames one after another in one. They stay the caller's. */
  Frame join(List<Frame> events);

  /**
   * Whether the protocol has a place for ephemeral events. A session without takes no part in
   * presence either.
   */
  default boolean carriesEphemerals() {
    return true;
  }

  /** {@code {"type","topic","at","data"}}. Called only where {@link #carriesEphemerals}. */
  Frame ephemeral(EphemeralEvent event);

  Frame notice(Notice notice);

  /**
   * @param commandId what {@link Command#id()} was
   */
  Frame reply(String commandId, Reply reply);
}
