package io.crewline.realtime;

import io.crewline.journal.Audience;
import io.crewline.journal.JournalEntry;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The newest events of a topic, without a hole, so that clients who resume do not each ask the
 * journal for the same ones. Not thread-safe.
 *
 * <p>Bounded twice: each topic keeps about {@value #MOST_BYTES} bytes, and all topics of a node
 * together no more than their {@link Budget}.
 */
final class RecentEvents {
  private static final int MOST_BYTES = 2 << 20;

  /** What an entry takes besides its payload. */
  private static final int OVERHEAD_BYTES = 200;

  /** The memory that the topics of a node share for this. Thread-safe. */
  static final class Budget {
    private final long mostBytes;
    private final AtomicLong usedBytes = new AtomicLong();

    Budget(long mostBytes) {
      this.mostBytes = mostBytes;
    }

    long usedBytes() {
      return usedBytes.get();
    }
  }

  private final Budget budget;
  private final Ring<JournalEntry> entries = new Ring<>();
  private long bytes;

  RecentEvents(Budget budget) {
    this.budget = budget;
  }

  /** Adds the event that follows the newest. */
  void append(JournalEntry entry) {
    entries.addLast(entry);
    account(size(entry));
    while (bytes > MOST_BYTES || isOverBudget()) {
      account(-size(entries.removeFirst()));
    }
  }

  /**
   * Adds earlier events, in order, as many of the newest of them as there is room for.
   *
   * @param next the number of the event that the last one has to join
   */
  void prepend(List<JournalEntry> earlier, long next) {
    long expected = next - 1;
    for (JournalEntry entry : earlier.reversed()) {
      if (entry.seq() > expected) {
        continue;
      }
      if (entry.seq() < expected || bytes + size(entry) > MOST_BYTES || isOverBudget()) {
        return;
      }
      entries.addFirst(entry);
      account(size(entry));
      expected--;
    }
  }

  /** The number of the oldest event; {@code otherwise} when there is none. */
  long first(long otherwise) {
    return entries.isEmpty() ? otherwise : entries.getFirst().seq();
  }

  /** The events after a number, at most {@code limit}; null when they are not all here. */
  @Nullable List<JournalEntry> after(long seq, int limit) {
    if (entries.isEmpty() || entries.getFirst().seq() > seq + 1 || entries.getLast().seq() <= seq) {
      return null;
    }
    int from = (int) (seq + 1 - entries.getFirst().seq());
    return entries.copy(from, from + Math.min(limit, entries.size() - from));
  }

  void clear() {
    entries.clear();
    account(-bytes);
  }

  private boolean isOverBudget() {
    return !entries.isEmpty() && budget.usedBytes.get() > budget.mostBytes;
  }

  private void account(long change) {
    bytes += change;
    budget.usedBytes.addAndGet(change);
  }

  private static long size(JournalEntry entry) {
    Audience audience = entry.audience();
    return entry.data().length()
        + (long) OVERHEAD_BYTES
        + (audience == null ? 0 : audience.length());
  }
}
