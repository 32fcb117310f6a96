package io.crewline.journal;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Settings;
import io.crewline.platform.Watchdog;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes events that are older than the retention time. A topic's floor rises in the transaction
 * that removes its events, so a reader sees a position either whole or as past retention ({@code
 * reset}), never part of a gap. Runs on every node; a lock lets one at a time do the work.
 */
@Singleton
public final class JournalCleaner {
  private static final Logger LOG = LoggerFactory.getLogger(JournalCleaner.class);
  private static final int CHUNK = 10_000;
  private static final long LOCK = 0x6372_6577_0001L;

  private final Database database;
  private final Clock clock;
  private final Settings settings;
  private volatile long bytes;
  private volatile long events;
  private final Watchdog.Watch watch;

  JournalCleaner(
      Database database,
      Clock clock,
      Settings settings,
      MeterRegistry registry,
      Watchdog watchdog) {
    this.watch = watchdog.watchLong("retention");
    this.database = database;
    this.clock = clock;
    this.settings = settings;
    Gauge.builder("crewline.journal.size", this, cleaner -> cleaner.bytes)
        .description("Disk space of the journal with its indexes, asked once a minute")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("crewline.journal.events", this, cleaner -> cleaner.events)
        .description("Events that the journal holds, as PostgreSQL estimates")
        .register(registry);
  }

  @Scheduled(initialDelay = "5s", fixedDelay = "1m")
  @ExecuteOn(TaskExecutors.BLOCKING)
  void run() {
    watch.during(this::removeExpired);
  }

  private void removeExpired() {
    try {
      long removed = removeOlderThan(clock.instant().minus(settings.retention()));
      if (removed > 0) {
        LOG.info("Removed {} events past retention", removed);
      }
      measure();
    } catch (ApiException e) {
      LOG.debug("Retention waits for the database: {}", e.detail());
    }
  }

  private void measure() {
    database.transaction(
        () ->
            database.query(
                """
                SELECT pg_total_relation_size(oid) AS bytes, greatest(reltuples, 0) AS events
                FROM pg_class WHERE oid = 'event'::regclass
                """,
                row -> {
                  bytes = row.getLong("bytes");
                  events = row.getLong("events");
                  return bytes;
                }));
  }

  /** Removes the events recorded before {@code limit}. Returns how many. */
  public long removeOlderThan(Instant limit) {
    long removed = 0;
    for (Expired expired : expired(limit)) {
      long floor = expired.first();
      while (floor < expired.last()) {
        long upTo = Math.min(expired.last(), floor + CHUNK);
        removed += remove(expired.topicId(), upTo);
        floor = upTo;
        watch.progress();
      }
    }
    return removed;
  }

  private record Expired(long topicId, long first, long last) {}

  private List<Expired> expired(Instant limit) {
    return database.transaction(
        Database.MAINTENANCE,
        () ->
            database.query(
                """
                SELECT topic_id, min(seq) - 1 AS first, max(seq) AS last
                FROM event WHERE at < ? GROUP BY topic_id
                """,
                row ->
                    new Expired(row.getLong("topic_id"), row.getLong("first"), row.getLong("last")),
                limit));
  }

  private int remove(long topicId, long upTo) {
    return database.transaction(
        Database.MAINTENANCE,
        () -> {
          boolean mine =
              database
                  .queryOne(
                      "SELECT pg_try_advisory_xact_lock(?) AS mine",
                      row -> row.getBoolean("mine"),
                      LOCK)
                  .orElse(false);
          if (!mine) {
            return 0;
          }
          database.update(
              "UPDATE topic SET floor = greatest(floor, ?) WHERE id = ?", upTo, topicId);
          return database.update(
              "DELETE FROM event WHERE topic_id = ? AND seq <= ?", topicId, upTo);
        });
  }
}
