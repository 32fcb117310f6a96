package io.crewline.webhook;

import io.crewline.platform.Database;
import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what became of attempts, and switches off webhooks that are gone or fail for too long. */
@Singleton
final class WebhookResults {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookResults.class);

  private final Database database;
  private final DeliveryRepository deliveries;
  private final WebhookRepository webhooks;
  private final WebhookMetrics metrics;
  private final Clock clock;
  private final Duration patience;

  WebhookResults(
      Database database,
      DeliveryRepository deliveries,
      WebhookRepository webhooks,
      WebhookMetrics metrics,
      Settings settings,
      Clock clock) {
    this.database = database;
    this.deliveries = deliveries;
    this.webhooks = webhooks;
    this.metrics = metrics;
    this.clock = clock;
    this.patience = settings.webhooks().patience();
  }

  /** An attempt whose lease has passed to another says nothing, neither about its webhook. */
  void write(List<Attempt> attempts) {
    Written written = database.transaction(() -> writeAll(attempts));
    metrics.finished(written.attempts());
    for (long id : written.disabled()) {
      LOG.warn("Webhook {} is switched off: it is gone, or has failed for too long", id);
    }
  }

  private record Written(List<Attempt> attempts, List<Long> disabled) {}

  private Written writeAll(List<Attempt> attempts) {
    Set<Long> ids = deliveries.finish(attempts);
    List<Attempt> written =
        attempts.stream().filter(attempt -> ids.contains(attempt.delivery().id())).toList();
    Set<Long> failing = webhooksOf(written, attempt -> !attempt.answer().succeeded());
    Set<Long> succeeding = webhooksOf(written, attempt -> attempt.answer().succeeded());
    Set<Long> gone = webhooksOf(written, WebhookCall::isGone);
    failing.removeAll(succeeding);
    Instant now = clock.instant();
    List<Long> disabled = new ArrayList<>(gone);
    if (!succeeding.isEmpty()) {
      webhooks.succeeding(succeeding);
    }
    if (!failing.isEmpty()) {
      webhooks.failing(failing, now);
      disabled.addAll(webhooks.disableFailingSince(now.minus(patience), now));
    }
    if (!gone.isEmpty()) {
      webhooks.disableGone(gone, now);
    }
    return new Written(written, disabled);
  }

  private static Set<Long> webhooksOf(List<Attempt> attempts, Predicate<Attempt> which) {
    return attempts.stream()
        .filter(which)
        .map(attempt -> attempt.delivery().webhookId())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
