package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Ids;
import io.crewline.platform.Watchdog;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls that were made with an {@code Idempotency-Key}, shared by all nodes: which run now, and
 * what the others were answered. An answer is kept for 24 hours.
 *
 * <p>What a repeat can rely on, also when the node that ran the first call dies:
 *
 * <ul>
 *   <li>The effect on the database happens at most once. The call's transaction records the answer,
 *       so answer and effect exist both or not at all; a call that lost its lease to a repeat
 *       cannot commit any more.
 *   <li>Died before the commit: a repeat runs the call again, at the latest when the lease of
 *       {@link #LEASE} has passed.
 *   <li>Died after the commit: a repeat gets the answer, unless it has a secret, which is kept
 *       nowhere. Then it is told that the call took effect.
 * </ul>
 *
 * <p>That holds for what goes through {@link IdempotentAnswers}. Of other calls the first
 * transaction that writes is marked as committed, and a repeat that finds no answer then is told
 * that it is lost.
 */
@Singleton
final class IdempotentCalls {
  static final Duration LEASE = Duration.ofSeconds(60);
  static final Duration KEPT = Duration.ofHours(24);
  private static final Logger LOG = LoggerFactory.getLogger(IdempotentCalls.class);
  private static final int CHUNK = 1000;

  private final Database database;
  private final Clock clock;
  private final Ids ids;
  private final Watchdog.Watch watch;

  IdempotentCalls(Database database, Clock clock, Ids ids, Watchdog watchdog) {
    this.watch = watchdog.watchLong("cleaner of idempotency keys");
    this.database = database;
    this.clock = clock;
    this.ids = ids;
  }

  /** What is known about a call that wants to run. */
  sealed interface Outcome {
    /** It may run, and has to end with {@link #record} or {@link #release}. */
    record Claimed(String owner) implements Outcome {}

    /** It ran; this is what it was answered. */
    record Answered(
        int status, @Nullable String contentType, @Nullable String location, byte[] body)
        implements Outcome {}

    /** It runs at this moment. */
    record Running() implements Outcome {}

    /** The key belongs to another request. */
    record OtherRequest() implements Outcome {}

    /** It took effect, and its answer is not recorded. */
    record AnswerLost() implements Outcome {}
  }

  /** Claims the right to run a call, or says why not. */
  Outcome claim(byte[] id, byte[] request) {
    Instant now = clock.instant();
    String owner = ids.random();
    return database.transaction(
        () -> {
          int claimed =
              database.update(
                  """
                  INSERT INTO idempotency_key AS k (id, request, owner, leased_until, expires_at)
                  VALUES (?, ?, ?, ?, ?)
                  ON CONFLICT (id) DO UPDATE
                  SET request = excluded.request, owner = excluded.owner,
                      leased_until = excluded.leased_until, expires_at = excluded.expires_at,
                      committed = false, status = NULL, content_type = NULL, location = NULL,
                      body = NULL
                  WHERE k.expires_at <= ?
                     OR k.status IS NULL AND NOT k.committed AND k.leased_until <= ?
                        AND k.request = excluded.request
                  """,
                  id,
                  request,
                  owner,
                  now.plus(LEASE),
                  now.plus(KEPT),
                  now,
                  now);
          if (claimed == 1) {
            return new Outcome.Claimed(owner);
          }
          Optional<Outcome> known =
              database.queryOne(
                  """
                  SELECT request, leased_until, committed, status, content_type, location, body
                  FROM idempotency_key WHERE id = ?
                  """,
                  row -> outcome(row, request, now),
                  id);
          // Released between the two statements: as good as running, the caller asks again.
          return known.orElseGet(Outcome.Running::new);
        });
  }

  private static Outcome outcome(ResultSet row, byte[] request, Instant now) throws SQLException {
    if (!Arrays.equals(row.getBytes("request"), request)) {
      return new Outcome.OtherRequest();
    }
    int status = row.getInt("status");
    if (!row.wasNull()) {
      return new Outcome.Answered(
          status, row.getString("content_type"), row.getString("location"), row.getBytes("body"));
    }
    boolean over = !Database.instant(row, "leased_until").isAfter(now);
    return over && row.getBoolean("committed") ? new Outcome.AnswerLost() : new Outcome.Running();
  }

  /**
   * Marks the call as committed in the current transaction, if that has written anything.
   *
   * @throws ApiException when a repeat has taken the call over; the transaction must roll back
   */
  void markCommitted(byte[] id, String owner) {
    boolean wrote =
        database
            .queryOne(
                "SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS wrote",
                row -> row.getBoolean("wrote"))
            .orElse(false);
    if (wrote
        && database.update(
                "UPDATE idempotency_key SET committed = true WHERE id = ? AND owner = ?", id, owner)
            == 0) {
      throw takenOver();
    }
  }

  /**
   * Records, in the transaction of the effect, that the call is committed and what it answers.
   *
   * @param answer null for one that is kept nowhere
   * @throws ApiException when a repeat has taken the call over; the transaction must roll back
   */
  void commit(byte[] id, String owner, Outcome.@Nullable Answered answer) {
    boolean kept =
        database.update(
                """
                UPDATE idempotency_key
                SET committed = true, status = ?::int, content_type = ?, location = ?,
                    body = ?::bytea
                WHERE id = ? AND owner = ?
                """,
                answer == null ? null : answer.status(),
                answer == null ? null : answer.contentType(),
                answer == null ? null : answer.location(),
                answer == null ? null : answer.body(),
                id,
                owner)
            == 1;
    if (!kept) {
      throw takenOver();
    }
  }

  private static ApiException takenOver() {
    return ApiException.conflict("a repeat of this call has taken over");
  }

  /** Keeps the answer of a call that has had no effect, or only ones that are marked. */
  void record(byte[] id, String owner, Outcome.Answered answer) {
    database.transaction(
        () ->
            database.update(
                """
                UPDATE idempotency_key
                SET status = ?, content_type = ?, location = ?, body = ?
                WHERE id = ? AND owner = ?
                """,
                answer.status(),
                answer.contentType(),
                answer.location(),
                answer.body(),
                id,
                owner));
  }

  /** Lets a repeat run the call, unless it took effect: then its lease ends now. */
  void release(byte[] id, String owner) {
    database.transaction(
        () -> {
          database.update(
              "DELETE FROM idempotency_key WHERE id = ? AND owner = ? AND NOT committed",
              id,
              owner);
          database.update(
              "UPDATE idempotency_key SET leased_until = ? WHERE id = ? AND owner = ?",
              clock.instant(),
              id,
              owner);
        });
  }

  @Scheduled(initialDelay = "2m", fixedDelay = "10m")
  @ExecuteOn(TaskExecutors.BLOCKING)
  void clean() {
    watch.during(this::cleanUp);
  }

  private void cleanUp() {
    try {
      while (removeExpired() == CHUNK) {
        LOG.debug("More expired idempotency keys to remove");
        watch.progress();
      }
    } catch (ApiException e) {
      LOG.debug("Cleaning waits for the database: {}", e.detail());
    }
  }

  /** Removes keys past their time, at most {@link #CHUNK}. Nodes do not wait for each other. */
  int removeExpired() {
    return database.transaction(
        Database.MAINTENANCE,
        () ->
            database.update(
                """
                DELETE FROM idempotency_key WHERE id IN (
                  SELECT id FROM idempotency_key WHERE expires_at <= ?
                  LIMIT %d FOR UPDATE SKIP LOCKED)
                """
                    .formatted(CHUNK),
                clock.instant()));
  }
}
