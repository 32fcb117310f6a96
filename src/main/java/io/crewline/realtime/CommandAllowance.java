package io.crewline.realtime;

import io.crewline.platform.ApiException;
import io.crewline.platform.limit.RateLimits;
import io.crewline.platform.limit.TokenBucket;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How many commands a session may still send: a bucket of its own and the one of its user. Belongs
 * to the loop of the session.
 *
 * <p>A client heeds a refusal by sending nothing for half a second after it ({@code retryAfterMs}
 * is a second or so). One that does not is over the limit, and after {@code
 * CREWLINE_LIMIT_PATIENCE} for too long.
 */
final class CommandAllowance {
  private static final long HEEDED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final RateLimits limits;
  private final TokenBucket bucket;
  private final long patienceNanos;
  private boolean over;
  private long overSince;
  private long refusedAt;

  CommandAllowance(RateLimits limits) {
    this.limits = limits;
    this.bucket = limits.sessionBucket();
    this.patienceNanos = limits.settings().patience().toNanos();
  }

  /** Counts a command. Returns null, or why it is not to be handled. */
  @Nullable ApiException take(Session.@Nullable Login login) {
    long now = limits.now();
    long waitMs = bucket.take(now);
    if (waitMs == 0 && login != null) {
      waitMs = limits.user(login.identity().username());
    }
    if (waitMs == 0) {
      return null;
    }
    if (!over || now - refusedAt > HEEDED_NANOS) {
      over = true;
      overSince = now;
    }
    refusedAt = now;
    return RateLimits.refusal(waitMs);
  }

  /** Whether the client has not heeded refusals for too long; to be asked after a refusal. */
  boolean isOverForTooLong() {
    return over && refusedAt - overSince > patienceNanos;
  }
}
