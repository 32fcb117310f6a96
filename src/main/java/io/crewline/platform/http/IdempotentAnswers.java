package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Settings;
import io.crewline.platform.http.IdempotentCalls.Outcome.Answered;
import io.micronaut.core.propagation.PropagatedContext;
import io.micronaut.http.HttpResponse;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Commits the effect of a {@code POST} together with its answer. Every controller method that
 * accepts an {@code Idempotency-Key} goes through {@link #commit}. Thread-safe.
 *
 * <p>Guarantee: a repeat with the same key gets the status and the body of the first call if that
 * has taken effect, and otherwise runs; whatever died in between, and at once after the commit.
 */
@Singleton
public final class IdempotentAnswers {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final long COME_BACK_MS = 1000;

  private final Database database;
  private final Semaphore places;

  IdempotentAnswers(Database database, Settings settings) {
    this.database = database;
    // Such calls share no commit and may wait for each other's locks: others need connections too.
    this.places = new Semaphore(Math.max(1, settings.databasePoolSize() / 2));
  }

  /**
   * Makes a change and answers it. With a key both are one transaction, so the effect must neither
   * wait for another thread nor for anything but the database.
   *
   * @param effect joins the caller's transaction if there is one; may run more than once, and the
   *     last run counts
   * @param answer may read the database; must not change anything
   */
  public <T, R> HttpResponse<R> commit(
      Supplier<T> effect, Function<? super T, HttpResponse<R>> answer) {
    Optional<KeyedCall> call = current();
    return call.isPresent() ? together(call.get(), effect, answer) : answer.apply(effect.get());
  }

  /** A name of the current call, the same for its repeats; null for a call without a key. */
  public static @Nullable String callId() {
    return current()
        .map(call -> Base64.getUrlEncoder().withoutPadding().encodeToString(call.id()))
        .orElse(null);
  }

  /** The refusal of a key that another call has used. */
  public static ApiException otherRequest() {
    return ApiException.of(
        ErrorCode.UNPROCESSABLE, "this Idempotency-Key was used with another request");
  }

  private static Optional<KeyedCall> current() {
    return PropagatedContext.getOrEmpty().find(KeyedCall.class);
  }

  private <T, R> HttpResponse<R> together(
      KeyedCall call, Supplier<T> effect, Function<? super T, HttpResponse<R>> answer) {
    enter();
    call.answering(true);
    try {
      try {
        return attempt(call, effect, answer);
      } catch (RuntimeException e) {
        if (!Database.isUniqueViolation(e)) {
          throw e;
        }
        // Somebody else committed the same meanwhile. Now the effect can see it.
        return attempt(call, effect, answer);
      }
    } finally {
      call.answering(false);
      places.release();
    }
  }

  private void enter() {
    boolean entered = false;
    try {
      entered = places.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!entered) {
      throw ApiException.unavailable("too many calls with an Idempotency-Key", COME_BACK_MS);
    }
  }

  private <T, R> HttpResponse<R> attempt(
      KeyedCall call, Supplier<T> effect, Function<? super T, HttpResponse<R>> answer) {
    Answer<R> committed =
        database.transaction(
            () -> {
              T result = effect.get();
              Answer<R> recorded = new Answer<>();
              // The events of the effect have their numbers by then.
              database.lastBeforeCommit(() -> recorded.record(call, answer.apply(result)));
              return recorded;
            });
    call.committed(committed.answered);
    return committed.response();
  }

  /** What the end of a transaction has recorded. */
  private static final class Answer<R> {
    private @Nullable HttpResponse<R> response;
    private @Nullable Answered answered;

    void record(KeyedCall call, HttpResponse<R> given) {
      response = given;
      answered = call.record(given);
    }

    HttpResponse<R> response() {
      if (response == null) {
        throw new IllegalStateException("committed without an answer");
      }
      return response;
    }
  }
}
