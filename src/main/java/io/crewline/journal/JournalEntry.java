package io.crewline.journal;

import java.time.Instant;

/**
 * A recorded event.
 *
 * @param seq contiguous within a topic and epoch, from 1
 * @param at when it was recorded; precision one millisecond
 * @param data the payload as JSON text
 */
public record JournalEntry(
    Topic topic, String epoch, long seq, String type, Instant at, String data) {

  public Position position() {
    return new Position(epoch, seq);
  }
}
