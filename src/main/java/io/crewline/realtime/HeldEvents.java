package io.crewline.realtime;

import io.crewline.journal.JournalEntry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The events of a topic that have come before those in front of them. At most {@value #MOST}: past
 * these the journal is the better place to read them from. Not thread-safe.
 */
final class HeldEvents {
  private static final int MOST = 1024;

  private final TreeMap<Long, JournalEntry> bySeq = new TreeMap<>();

  /** Those that the journal did not have when it was last read to its head. */
  private Map<Long, JournalEntry> doubted = Map.of();

  boolean isEmpty() {
    return bySeq.isEmpty();
  }

  List<JournalEntry> all() {
    return List.copyOf(bySeq.values());
  }

  /** Takes an event; of two with one number the later one stays. */
  void add(JournalEntry entry) {
    bySeq.put(entry.seq(), entry);
    if (bySeq.size() > MOST) {
      bySeq.pollLastEntry();
    }
  }

  /**
   * Takes out the event that follows a position, and forgets those up to it. Null when it is not
   * there, or is doubted.
   */
  @Nullable JournalEntry next(String epoch, long last) {
    while (!bySeq.isEmpty()) {
      JournalEntry first = bySeq.firstEntry().getValue();
      boolean past = first.seq() <= last;
      if (!first.epoch().equals(epoch)
          || first.seq() > last + 1
          || !past && doubted.get(first.seq()) == first) {
        return null;
      }
      bySeq.pollFirstEntry();
      if (!past) {
        return first;
      }
    }
    return null;
  }

  /** Forgets the events of other epochs. */
  void keepOnly(@Nullable String epoch) {
    bySeq.values().removeIf(entry -> !entry.epoch().equals(epoch));
  }

  /**
   * Doubts each event behind the journal's head that was there before it was read, and forgets
   * those that were doubted already.
   *
   * @param head the number of the journal's newest event
   * @return how many were forgotten
   */
  int compare(long head, List<JournalEntry> before) {
    Map<Long, JournalEntry> unknown = new HashMap<>();
    int forgotten = 0;
    for (JournalEntry entry : before) {
      long seq = entry.seq();
      if (seq > head && bySeq.get(seq) == entry) {
        if (doubted.get(seq) == entry) {
          bySeq.remove(seq);
          forgotten++;
        } else {
          unknown.put(seq, entry);
        }
      }
    }
    doubted = unknown;
    return forgotten;
  }

  boolean doubts() {
    return !doubted.isEmpty();
  }

  void clear() {
    bySeq.clear();
    doubted = Map.of();
  }
}
