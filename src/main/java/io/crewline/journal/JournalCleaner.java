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
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes events that are older than the retention time: whole {@link EventPartitions periods} of
 * it. Events are deleted {@link ExpiredEvents one by one} where the database does not let its user
 * drop partitions, and where the retention is so short that periods would keep much longer than it
 * says. Runs on every node; of those that come at the same time one does the work.
 */
@Singleton
public final class JournalCleaner {
  private static final Logger LOG = LoggerFactory.getLogger(JournalCleaner.class);

  /** So many periods make the retention; events are kept up to one of them longer. */
  private static final int PERIODS = 8;

  /** Below it, periods would be too many. */
  private static final Duration SHORT = Duration.ofHours(1);

  private final Database database;
  private final Clock clock;
  private final Duration retention;
  private final EventPartitions partitions;
  private final ExpiredEvents expired;
  private final Watchdog.Watch watch;
  private boolean refused;
  private volatile long bytes;
  private volatile long events;

  JournalCleaner(
      Database database,
      Clock clock,
      Settings settings,
      EventPartitions partitions,
      ExpiredEvents expired,
      MeterRegistry registry,
      Watchdog watchdog) {
    this.database = database;
    this.clock = clock;
    this.retention = settings.retention();
    this.partitions = partitions;
    this.expired = expired;
    this.watch = watchdog.watchLong("retention");
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
      boolean drops = mayDrop();
      Instant now = clock.instant();
      if (drops) {
        partitions.begin(now.minus(period()));
        partitions.dropEnded(now.minus(retention), watch::progress);
      }
      if (!drops || retention.compareTo(SHORT) < 0) {
        removeOlderThan(now.minus(retention));
      }
      measure();
    } catch (ApiException e) {
      LOG.debug("Retention waits for the database: {}", e.detail());
    }
  }

  private Duration period() {
    Duration shortest = SHORT.dividedBy(PERIODS);
    Duration part = retention.dividedBy(PERIODS);
    return part.compareTo(shortest) < 0 ? shortest : part;
  }

  private boolean mayDrop() {
    boolean drops = partitions.areOurs();
    if (!drops && !refused) {
      LOG.warn(
          "The database does not let its user make partitions of the journal, so events past"
              + " retention are deleted one by one; to have them dropped, make the user the owner"
              + " of the table event, its partitions and the function current_event_period, and"
              + " grant it CREATE on their schema");
    }
    refused = !drops;
    return drops;
  }

  private void measure() {
    database.transaction(
        () ->
            database.query(
                """
                SELECT coalesce(sum(pg_total_relation_size(oid)), 0) AS bytes,
                    coalesce(sum(greatest(reltuples, 0)), 0) AS events
                FROM pg_class JOIN pg_partition_tree('event') ON relid = oid WHERE isleaf
                """,
                row -> {
                  bytes = row.getLong("bytes");
                  events = row.getLong("events");
                  return bytes;
                }));
  }

  /** Removes the events recorded before {@code limit}, one by one. Returns how many. */
  public long removeOlderThan(Instant limit) {
    long removed = expired.delete(limit, watch::progress);
    if (removed > 0) {
      LOG.info("Deleted {} events past retention", removed);
    }
    return removed;
  }
}
