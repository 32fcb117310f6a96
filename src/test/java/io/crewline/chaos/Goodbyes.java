package io.crewline.chaos;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** How connections ended, by close code, and whether the server had announced it. Thread-safe. */
final class Goodbyes {
  private final Map<Integer, AtomicLong> codes = new ConcurrentSkipListMap<>();
  private final AtomicLong announced = new AtomicLong();
  private final AtomicLong unannounced = new AtomicLong();

  void add(Link link) {
    codes.computeIfAbsent(link.code(), code -> new AtomicLong()).incrementAndGet();
    if (link.code() == 1012) {
      (link.retryAfterMs() < 0 ? unannounced : announced).incrementAndGet();
    }
  }

  /** Closes with 1012 that {@code goingAway} came before. */
  long announced() {
    return announced.get();
  }

  /** Closes with 1012 without it. */
  long unannounced() {
    return unannounced.get();
  }

  /** How many ended with a code. */
  Map<Integer, AtomicLong> codes() {
    return codes;
  }
}
