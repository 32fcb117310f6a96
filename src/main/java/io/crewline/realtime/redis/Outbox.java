package io.crewline.realtime.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What waits to be published, in order. Bounded: past {@value #ENTRIES} pieces or {@value
 * #CHARACTERS} characters of data nothing more is taken, past half of that nothing ephemeral.
 * Thread-safe.
 */
final class Outbox {
  static final int ENTRIES = 20_000;
  static final long CHARACTERS = 32L << 20;

  private final LinkedBlockingQueue<Cargo> queue = new LinkedBlockingQueue<>(ENTRIES);
  private final AtomicLong characters = new AtomicLong();

  /** Never blocks. Returns whether there was room. */
  boolean offer(Cargo cargo) {
    if (cargo instanceof Cargo.Ephemeral
        && (queue.size() >= ENTRIES / 2 || characters.get() >= CHARACTERS / 2)) {
      return false;
    }
    int size = cargo.size();
    if (characters.addAndGet(size) > CHARACTERS || !queue.offer(cargo)) {
      characters.addAndGet(-size);
      return false;
    }
    return true;
  }

  /** Waits for at least one piece; returns those that are there, up to so many. */
  List<Cargo> take(int most) throws InterruptedException {
    List<Cargo> taken = new ArrayList<>();
    taken.add(queue.take());
    queue.drainTo(taken, most - 1);
    taken.forEach(cargo -> characters.addAndGet(-cargo.size()));
    return taken;
  }

  /** Forgets everything. Returns how much that was. */
  int clear() {
    List<Cargo> taken = new ArrayList<>();
    queue.drainTo(taken);
    taken.forEach(cargo -> characters.addAndGet(-cargo.size()));
    return taken.size();
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }
}
