package io.crewline.webhook;

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
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes deliveries that nobody will ask for: delivered ones after a week, dead ones, and those
 * that wait for a webhook that is switched off, after 30 days, and what is left of deleted
 * webhooks. Measures the queue. Every node does, which is harmless.
 */
@Singleton
class WebhookHousekeeping {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookHousekeeping.class);
  private static final Duration KEEP_DELIVERED = Duration.ofDays(7);
  private static final Duration KEEP_UNSENT = Duration.ofDays(30);
  private static final Duration MEASURING = Duration.ofSeconds(5);
  private static final int CHUNK = 10_000;

  private final Database database;
  private final DeliveryRepository deliveries;
  private final ActiveWebhooks active;
  private final WebhookMetrics metrics;
  private final Clock clock;
  private final Watchdog.Watch cleaner;
  private final Watchdog.Watch gauge;

  WebhookHousekeeping(
      Database database,
      DeliveryRepository deliveries,
      ActiveWebhooks active,
      WebhookMetrics metrics,
      Clock clock,
      Watchdog watchdog) {
    this.cleaner = watchdog.watchLong("cleaner of webhooks");
    this.gauge = watchdog.watchLong("gauge of webhooks");
    this.database = database;
    this.deliveries = deliveries;
    this.active = active;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Scheduled(initialDelay = "2m", fixedDelay = "10m")
  @ExecuteOn(TaskExecutors.BLOCKING)
  void clean() {
    cleaner.during(this::cleanUp);
  }

  private void cleanUp() {
    try {
      cleanUp(clock.instant());
    } catch (ApiException e) {
      LOG.debug("Old deliveries stay for another while: {}", e.detail());
    }
  }

  void cleanUp(Instant now) {
    Instant unsent = now.minus(KEEP_UNSENT);
    inChunks(() -> deliveries.clean(now.minus(KEEP_DELIVERED), unsent, CHUNK));
    inChunks(() -> deliveries.cleanUnsent(unsent, CHUNK));
  }

  private void inChunks(IntSupplier work) {
    int removed;
    do {
      removed = database.transaction(Database.MAINTENANCE, work::getAsInt);
      cleaner.progress();
    } while (removed == CHUNK);
  }

  @Scheduled(initialDelay = "10s", fixedDelay = "15s")
  @ExecuteOn(TaskExecutors.BLOCKING)
  void measure() {
    gauge.during(this::measureQueue);
  }

  private void measureQueue() {
    try {
      metrics.queue(
          active.current().isEmpty()
              ? new DeliveryRepository.Queue(0, null)
              : database.transaction(MEASURING, deliveries::queue));
    } catch (ApiException e) {
      LOG.debug("The queue of webhooks was not measured: {}", e.detail());
    }
  }
}
