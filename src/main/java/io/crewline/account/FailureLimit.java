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
  private static final double MINUTE_MS = 60_000;
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

  private final class Bucket {
    private double left = perMinute;
    private long at;

    Bucket(long at) {
      this.at = at;
    }

    synchronized long waitMs(long now) {
      fill(now);
      return left >= 1 ? 0 : (long) Math.ceil((1 - left) * MINUTE_MS / perMinute);
    }

    synchronized void take(long now) {
      fill(now);
      left = Math.max(0, left - 1);
    }

    private void fill(long now) {
      // A clock that is set back must not empty the bucket.
      left = Math.min(perMinute, left + Math.max(0, now - at) * perMinute / MINUTE_MS);
      at = now;
    }
  }
}
