package io.crewline.platform;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * How long those wait for locks who commit the changes of many together. One change whose locks
 * somebody else holds must not hold up the others: all wait {@link #BRIEFLY}, and who is found to
 * need the lock waits patiently, on its own. Each of these has a connection, so there are few at a
 * time. Thread-safe.
 */
@Singleton
public final class LockWaits {
  /** For changes that are committed together. */
  public static final Duration BRIEFLY = Duration.ofMillis(150);

  /** For a part of changes that have waited, to find out which of them has to. */
  public static final Duration NEXT = Duration.ofMillis(50);

  private final Duration limit;
  private final Semaphore patient;

  LockWaits(Settings settings) {
    this.limit = settings.databaseTimeouts().lock();
    this.patient = new Semaphore(Math.max(1, settings.databasePoolSize() / 4), true);
  }

  /**
   * Runs a transaction that waits for locks as long as any other, when not too many do so already.
   *
   * @throws ApiException UNAVAILABLE also when its turn does not come in time
   */
  public <T> T patiently(Supplier<T> transaction) {
    Database.requireNoTransaction("a patient transaction");
    try {
      if (!patient.tryAcquire(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw ApiException.unavailable("others hold too many locks");
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
    try {
      return transaction.get();
    } finally {
      patient.release();
    }
  }

  /**
   * Waits without a connection for transactions that need the same lock.
   *
   * @throws ApiException UNAVAILABLE when they do not end in time, and with what one of them failed
   */
  public void await(Collection<CompletableFuture<Void>> others) {
    Database.requireNoTransaction("a wait for others");
    try {
      CompletableFuture.allOf(others.toArray(CompletableFuture[]::new))
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw interrupted();
    } catch (TimeoutException e) {
      throw locked();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ApiException refusal ? refusal : locked();
    }
  }

  private static ApiException locked() {
    return ApiException.unavailable("what this needs is locked by somebody else");
  }

  private static ApiException interrupted() {
    Thread.currentThread().interrupt();
    return ApiException.unavailable("interrupted while waiting for a lock");
  }
}
