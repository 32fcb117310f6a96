package io.crewline.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.time.Duration;

/**
 * How many failures a key may have in a minute: a token bucket for each key, filled evenly.
 * Thread-safe; memory is bounded, the keys unused for longest are forgotten first.
 */
final class FailureLimit {
  private static final long MINUTE_MS = 60_000;
  private static final int KEYS = 100_000;

  private final int perMinute;
  private final Clock clock;
  private final Cache<String, Bucket> buckets =
      Caffeine.newBuilder().maximumSize(KEYS).expireAfterAccess(Duration.ofMinutes(2)).build();

  FailureLimit(int perMinute, Clock clock) {
    this.perMinute = perMinute;
    this.clock = clock;
  }

  /** Milliseconds until the key may try again; 0 means now. */
  long waitMs(String key) {
    Bucket bucket = buckets.getIfPresent(key);
    return bucket == null ? 0 : bucket.waitMs(clock.millis());
  }

  void failed(String key) {
    buckets.get(key, unused -> new Bucket(clock.millis())).take(clock.millis());
  }

  /**
   * Counts in units of which one failure costs {@link #MINUTE_MS} and each millisecond fills some.
   */
  private final class Bucket {
    private final long full = perMinute * MINUTE_MS;
    private long left = full;
    private long at;

    Bucket(long at) {
      this.at = at;
    }

    synchronized long waitMs(long now) {
      fill(now);
      return left >= MINUTE_MS ? 0 : Math.ceilDiv(MINUTE_MS - left, (long) perMinute);
    }

    synchronized void take(long now) {
      fill(now);
      left = Math.max(0, left - MINUTE_MS);
    }

    private void fill(long now) {
      // A clock that is set back must not empty the bucket; one far ahead fills it, no more.
      long passed = Math.clamp(now - at, 0, MINUTE_MS);
      left = Math.min(full, left + passed * perMinute);
      at = now;
    }
  }
}
