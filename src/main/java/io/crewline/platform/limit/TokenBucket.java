package io.crewline.platform.limit;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A bucket that holds {@value #BURST_SECONDS} seconds' worth of tokens and is filled evenly.
 * Thread-safe, without a lock: its whole state is the time at which it will be full again.
 *
 * <p>Times are {@link System#nanoTime} or another source that never goes back.
 */
public final class TokenBucket {
  /** How many seconds' worth of tokens may be taken at once. */
  public static final int BURST_SECONDS = 10;

  private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(BURST_SECONDS);
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final int perSecond;
  private final AtomicLong fullAt;

  /**
   * A full bucket.
   *
   * @param perSecond how many tokens come in each second; 0 for a bucket without a limit
   * @param now the time
   */
  public TokenBucket(int perSecond, long now) {
    this.perSecond = perSecond;
    this.fullAt = new AtomicLong(now);
  }

  /**
   * Takes a token if there is one.
   *
   * @return 0 when it was taken; otherwise how many milliseconds to wait, until the bucket holds a
   *     second's worth of tokens again, so that who waits can go on for a while
   */
  public long take(long now) {
    if (perSecond == 0) {
      return 0;
    }
    long cost = SECOND_NANOS / perSecond;
    while (true) {
      long before = fullAt.get();
      long after = latest(before, now) + cost;
      if (after - now > BURST_NANOS) {
        return waitMs(before, now);
      }
      if (fullAt.compareAndSet(before, after)) {
        return 0;
      }
    }
  }

  /**
   * Takes tokens for something that has happened already, even if they are not there. What is
   * missing is owed, and paid before anything else.
   *
   * @return as {@link #take}
   */
  public long charge(long tokens, long now) {
    if (perSecond == 0) {
      return 0;
    }
    long cost = tokens * SECOND_NANOS / perSecond;
    long after = fullAt.updateAndGet(before -> latest(before, now) + cost);
    return after - now > BURST_NANOS ? waitMs(after, now) : 0;
  }

  private static long latest(long fullAt, long now) {
    return fullAt - now > 0 ? fullAt : now;
  }

  private static long waitMs(long fullAt, long now) {
    return Duration.ofNanos(fullAt - now - BURST_NANOS + SECOND_NANOS)
        .plusNanos(999_999)
        .toMillis();
  }
}
