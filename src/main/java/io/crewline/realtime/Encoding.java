package io.crewline.realtime;

import io.crewline.journal.JournalEntry;

/**
 * How a protocol writes things. One instance for each protocol, so that sessions which share it can
 * share frames. Thread-safe. The caller owns what it gets.
 */
public interface Encoding {
  Frame event(JournalEntry entry);

  Frame notice(Notice notice);

  /**
   * @param commandId what {@link Command#id()} was
   */
  Frame reply(String commandId, Reply reply);
}
