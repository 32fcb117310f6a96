package io.crewline.journal;

import java.util.List;

/**
 * Published inside each transaction that records events, after they are stored and before the
 * commit: what a listener writes commits with them, and its failure rolls them back. Entries are in
 * recording order. Topics are locked at this moment, so a listener makes one statement at most and
 * waits for nothing.
 */
public record EventsRecorded(List<JournalEntry> entries) {}
