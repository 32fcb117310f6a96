package io.crewline.platform;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Context;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.scheduling.annotation.Scheduled;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the {@link DatabaseClock} right, and says when the machine's clock is not. Nothing of ours
 * depends on the machine's clock, but its logs and its certificates do, and one that is far off is
 * a machine that somebody should look at.
 */
@Context
public class ClockCheck {
  /** From here on the log warns. */
  static final Duration WARN = Duration.ofSeconds(2);

  /** From here on the node is not ready. */
  static final Duration WRONG = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(ClockCheck.class);

  private final Database database;
  private final DatabaseClock clock;
  private boolean warned;
  private final Watchdog.Watch watch;

  ClockCheck(Database database, DatabaseClock clock, MeterRegistry registry, Watchdog watchdog) {
    this.watch = watchdog.watch("clock check");
    this.database = database;
    this.clock = clock;
    Gauge.builder(
            "crewline.clock.offset", clock, known -> known.machineOffset().toMillis() / 1000.0)
        .description("How far this machine's clock is ahead of the database's")
        .baseUnit("seconds")
        .register(registry);
  }

  @Scheduled(initialDelay = "1s", fixedDelay = "5s")
  @ExecuteOn(TaskExecutors.BLOCKING)
  void measure() {
    watch.during(this::measureOnce);
  }

  private void measureOnce() {
    try {
      database.transaction(
          () ->
              clock.measure(
                  () ->
                      database
                          .queryOne(
                              "SELECT clock_timestamp() AS now",
                              row -> Database.instant(row, "now"))
                          .orElseThrow()));
    } catch (ApiException e) {
      LOG.debug("The clock waits for the database: {}", e.detail());
      return;
    }
    boolean off = clock.machineOffset().abs().compareTo(WARN) >= 0;
    if (off != warned) {
      LOG.warn("{}", off ? describe() : "The clock of this machine is right again");
    }
    warned = off;
  }

  /** Whether the machine's clock is so far off that nobody should be sent here. */
  public boolean isWrong() {
    return clock.machineOffset().abs().compareTo(WRONG) >= 0;
  }

  /** How far it is off, in words. */
  public String describe() {
    Duration offset = clock.machineOffset();
    return "the clock of this machine is %d s %s the database's"
        .formatted(
            Math.round(offset.abs().toMillis() / 1000.0),
            offset.isNegative() ? "behind" : "ahead of");
  }
}
