package io.crewline.notification;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Watchdog;
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
 * Removes notifications that were read long ago. Runs on every node; each removes what no other is
 * removing.
 */
@Singleton
final class NotificationCleaner {
  static final Duration KEPT = Duration.ofDays(90);

  private static final Logger LOG = LoggerFactory.getLogger(NotificationCleaner.class);
  private static final int CHUNK = 5_000;

  private final Database database;
  private final NotificationRepository notifications;
  private final Clock clock;
  private final Watchdog.Watch watch;

  NotificationCleaner(
      Database database, NotificationRepository notifications, Clock clock, Watchdog watchdog) {
    this.watch = watchdog.watchLong("cleaner of notifications");
    this.database = database;
    this.notifications = notifications;
    this.clock = clock;
  }

  @Scheduled(initialDelay = "30s", fixedDelay = "1h")
  @ExecuteOn(TaskExecutors.BLOCKING)
  void run() {
    watch.during(this::clean);
  }

  private void clean() {
    try {
      long removed = removeReadBefore(clock.instant().minus(KEPT));
      if (removed > 0) {
        LOG.info("Removed {} notifications that were read long ago", removed);
      }
    } catch (ApiException e) {
      LOG.debug("Notifications wait for the database: {}", e.detail());
    }
  }

  long removeReadBefore(Instant limit) {
    long removed = 0;
    int chunk;
    do {
      chunk =
          database.transaction(
              Database.MAINTENANCE, () -> notifications.removeReadBefore(limit, CHUNK));
      removed += chunk;
      watch.progress();
    } while (chunk == CHUNK);
    return removed;
  }
}
