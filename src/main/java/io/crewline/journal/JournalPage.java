package io.crewline.journal;

import java.util.List;

/**
 * A stretch of a topic.
 *
 * @param entries contiguous, beginning right after the position that was asked for
 * @param head the topic's newest position when the page was read
 * @param reset the position that was asked for is of another epoch, past retention or ahead of the
 *     topic: there are no entries, and the reader needs a fresh snapshot
 */
public record JournalPage(List<JournalEntry> entries, Position head, boolean reset) {

  /** Whether nothing was committed after the last entry when the page was read. */
  public boolean reachesHead() {
    return entries.isEmpty() || entries.getLast().seq() >= head.seq();
  }
}
