package io.crewline.realtime.redis;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Lets each sealed message of ephemeral events in once. Whoever may publish on Redis cannot make
 * one, but can repeat one that was there. Journal entries need no such guard: the hub drops what it
 * has by {@code seq}.
 *
 * <p>A message is fresh for {@link #FRESH} before and after its time. Of every sender with fresh
 * messages a window of counts is kept, the newest {@value #WINDOW}; what is behind it is refused.
 * So a receiver that has just started, or was not subscribed when a message was sent, is safe as
 * well once the message is no longer fresh. Memory: 8 KiB for each sender that was heard within
 * {@link #KEPT}; senders cannot be invented, since messages are let in only after they were opened.
 * Thread-safe.
 */
final class ReplayGuard {
  static final Duration FRESH = Duration.ofSeconds(30);

  /** What is let in now ends to be fresh within this time. */
  static final Duration KEPT = FRESH.multipliedBy(2);

  static final int WINDOW = 1 << 16;

  private final Clock clock;
  private final Map<UUID, Counts> senders = new HashMap<>();
  private Instant nextSweep = Instant.MIN;

  /**
   * @param clock the same on all nodes, but for seconds
   */
  ReplayGuard(Clock clock) {
    this.clock = clock;
  }

  /**
   * Whether a message is fresh and here for the first time.
   *
   * @param count the sender's messages so far, of any kind and channel
   * @param at when the newest of its events happened
   */
  synchronized boolean admits(UUID sender, long count, Instant at) {
    Instant now = clock.instant();
    if (!at.isAfter(now.minus(FRESH)) || !at.isBefore(now.plus(FRESH))) {
      return false;
    }
    if (!now.isBefore(nextSweep)) {
      senders.values().removeIf(counts -> !counts.usedAt.isAfter(now.minus(KEPT)));
      nextSweep = now.plus(FRESH);
    }
    return senders.computeIfAbsent(sender, absent -> new Counts(count, now)).add(count, now);
  }

  synchronized int senders() {
    return senders.size();
  }

  /** A bit for each of the newest counts, at its remainder. */
  private static final class Counts {
    final long[] seen = new long[WINDOW / Long.SIZE];
    long newest;
    Instant usedAt;

    Counts(long first, Instant now) {
      this.newest = first;
      this.usedAt = now;
    }

    boolean add(long count, Instant now) {
      usedAt = now;
      if (count <= newest - WINDOW) {
        return false;
      }
      // At most one round: every place is free then.
      for (long next = Math.max(newest, count - WINDOW) + 1; next <= count; next++) {
        seen[word(next)] &= ~bit(next);
      }
      newest = Math.max(newest, count);
      boolean isNew = (seen[word(count)] & bit(count)) == 0;
      seen[word(count)] |= bit(count);
      return isNew;
    }

    private static int word(long count) {
      return (int) (count % WINDOW) / Long.SIZE;
    }

    private static long bit(long count) {
      return 1L << (count % Long.SIZE);
    }
  }
}
