package io.crewline.platform;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether this node is on its way out, what it still has to answer, and when its clients should
 * come back. A draining node is not ready, opens no sockets and streams, and answers everything
 * else. Thread-safe.
 */
@Singleton
public final class Draining {
  /** What a node needs to start again, roughly. */
  private static final long START_MS = 2_000;

  private static final long LEAST_SPREAD_MS = 1_000;
  private static final long MOST_SPREAD_MS = 15_000;
  private static final long SPREAD_PER_CLIENT_MS = 2;

  private final boolean alone;
  private final AtomicInteger openRequests = new AtomicInteger();
  private volatile boolean begun;
  private volatile long end;
  private volatile long spreadMs = LEAST_SPREAD_MS;

  Draining(Settings settings) {
    this.alone = settings.redis() == null;
  }

  /**
   * Begins, for good.
   *
   * @param clients how many are to come back elsewhere
   * @param expected how long the drain will take if nothing is stuck
   */
  public void begin(int clients, Duration expected) {
    end = System.nanoTime() + expected.toNanos();
    spreadMs =
        Math.min(MOST_SPREAD_MS, LEAST_SPREAD_MS + SPREAD_PER_CLIENT_MS * Math.max(0, clients));
    begun = true;
  }

  public boolean hasBegun() {
    return begun;
  }

  /**
   * When a client should come back, in milliseconds from now; another number each time. All of them
   * together come at most 500 in a second, as long as they are not more than 7,000. With other
   * nodes they need not wait; a node without them is first to end and to start again.
   */
  public long retryAfterMs() {
    long away =
        alone ? START_MS + Math.max(0, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())) : 0;
    return away + ThreadLocalRandom.current().nextLong(spreadMs);
  }

  /** What is answered to those who want to open something that would not last. */
  public ApiException refusal() {
    return ApiException.unavailable("this node is stopping; come back to another", retryAfterMs());
  }

  /** Counts HTTP requests that are not answered completely yet. */
  public void requestBegun() {
    openRequests.incrementAndGet();
  }

  public void requestsEnded(int count) {
    openRequests.addAndGet(-count);
  }

  public int openRequests() {
    return openRequests.get();
  }
}
