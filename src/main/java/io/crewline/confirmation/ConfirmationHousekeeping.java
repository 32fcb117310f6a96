package io.crewline.confirmation;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Watchdog;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Forgets the calls of links that are not valid any more: nobody can repeat them. */
@Singleton
final class ConfirmationHousekeeping {
  private static final Logger LOG = LoggerFactory.getLogger(ConfirmationHousekeeping.class);

  private final ConfirmationRepository confirmations;
  private final Database database;
  private final Clock clock;
  private final Watchdog.Watch watch;

  ConfirmationHousekeeping(
      ConfirmationRepository confirmations, Database database, Clock clock, Watchdog watchdog) {
    this.watch = watchdog.watchLong("cleaner of confirmations");
    this.confirmations = confirmations;
    this.database = database;
    this.clock = clock;
  }

  @Scheduled(initialDelay = "17m", fixedDelay = "1h")
  @ExecuteOn(TaskExecutors.BLOCKING)
  void forget() {
    watch.during(this::forgetCalls);
  }

  private void forgetCalls() {
    try {
      while (database.transaction(
              Database.MAINTENANCE, () -> confirmations.forgetCalls(clock.instant()))
          > 0) {
        // Some at a time, so that no lock is held for long.
        watch.progress();
      }
    } catch (ApiException e) {
      LOG.debug("Not now: {}", e.detail());
    }
  }
}
