package io.crewline.realtime.redis;

import io.crewline.journal.JournalEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Entries that wait to be published, in order. Bounded: past {@value #ENTRIES} entries or {@value
 * #CHARACTERS} characters of data nothing more is taken. Thread-safe.
 */
final class Outbox {
  static final int ENTRIES = 20_000;
  static final long CHARACTERS = 32L << 20;

  private final LinkedBlockingQueue<JournalEntry> queue = new LinkedBlockingQueue<>(ENTRIES);
  private final AtomicLong characters = new AtomicLong();

  /** Never blocks. Returns whether there was room. */
  boolean offer(JournalEntry entry) {
    int size = entry.data().length();
    if (characters.addAndGet(size) > CHARACTERS || !queue.offer(entry)) {
      characters.addAndGet(-size);
      return false;
    }
    return true;
  }

  /** Waits for at least one entry; returns those that are there, up to so many. */
  List<JournalEntry> take(int most) throws InterruptedException {
    List<JournalEntry> taken = new ArrayList<>();
    taken.add(queue.take());
    queue.drainTo(taken, most - 1);
    taken.forEach(entry -> characters.addAndGet(-entry.data().length()));
    return taken;
  }

  /** Forgets everything. Returns how many entries that were. */
  int clear() {
    List<JournalEntry> taken = new ArrayList<>();
    queue.drainTo(taken);
    taken.forEach(entry -> characters.addAndGet(-entry.data().length()));
    return taken.size();
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }
}
