package io.crewline.journal;

import java.util.List;

/**
 * Published once for each committed transaction that recorded events, on the thread that committed.
 * Entries are in recording order; those of one topic are contiguous. Listeners must not block.
 */
public record EventsCommitted(List<JournalEntry> entries) {}
