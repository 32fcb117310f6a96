package io.crewline.journal;

/**
 * Sequence numbers {@code first} to {@code first + count - 1} of a topic, held by the current
 * transaction.
 */
public record Reservation(Topic topic, String epoch, long first, int count) {}
