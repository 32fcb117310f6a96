package io.crewline.journal;

/**
 * What the journal holds of a topic.
 *
 * @param head the newest position
 * @param floor the events up to this one are past retention
 */
public record TopicState(Position head, long floor) {

  /** Whether a reader at that position can go on without a reset. */
  public boolean continues(Position after) {
    return after.epoch().equals(head.epoch()) && after.seq() >= floor && after.seq() <= head.seq();
  }
}
