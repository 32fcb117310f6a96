package io.crewline.journal;

/** Sequence numbers of a topic from {@code first} on, held by the current transaction. */
public record Reservation(Topic topic, String epoch, long first) {}
