package io.crewline.journal;

import java.time.Instant;

/**
 * Sequence numbers of a topic from {@code first} on, held by the current transaction.
 *
 * @param at when the events with these numbers happen, the database's time; precision one
 *     millisecond
 */
public record Reservation(Topic topic, String epoch, long first, Instant at) {}
