package io.crewline.webhook;

import io.crewline.platform.Json;
import io.crewline.webhook.WebhookClient.Answer;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One attempt: signs, calls, and decides what follows. */
@Singleton
final class WebhookCall {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookCall.class);
  private static final int GONE = 410;

  /** Made for the first call: many nodes never make one. */
  private final Provider<WebhookClient> client;

  private final RetrySchedule schedule;
  private final WebhookMetrics metrics;
  private final Json json;
  private final Clock clock;

  WebhookCall(
      Provider<WebhookClient> client,
      RetrySchedule schedule,
      WebhookMetrics metrics,
      Json json,
      Clock clock) {
    this.client = client;
    this.schedule = schedule;
    this.metrics = metrics;
    this.json = json;
    this.clock = clock;
  }

  Attempt make(Webhook webhook, ClaimedDelivery delivery) {
    long started = System.nanoTime();
    Answer answer = post(webhook, delivery);
    metrics.called(Duration.ofNanos(System.nanoTime() - started));
    Instant now = clock.instant();
    if (answer.succeeded()) {
      return new Attempt(delivery, answer, now, DeliveryState.DELIVERED, null);
    }
    Duration wait =
        answer.status() == GONE ? null : schedule.after(delivery.attempts(), answer.retryAfter());
    return wait == null
        ? new Attempt(delivery, answer, now, DeliveryState.DEAD, null)
        : new Attempt(delivery, answer, now, DeliveryState.PENDING, now.plus(wait));
  }

  private Answer post(Webhook webhook, ClaimedDelivery delivery) {
    try {
      Instant now = clock.instant();
      long timestamp = now.getEpochSecond();
      String body = delivery.body(json);
      String signatures =
          webhook.secretsAt(now).stream()
              .map(secret -> secret.sign(delivery.eventId(), timestamp, body))
              .collect(Collectors.joining(" "));
      return client
          .get()
          .post(
              webhook.url(),
              Map.of(
                  "webhook-id", delivery.eventId(),
                  "webhook-timestamp", Long.toString(timestamp),
                  "webhook-signature", signatures),
              body);
    } catch (RuntimeException e) {
      LOG.error("Delivery {} of webhook {} failed", delivery.id(), webhook.id(), e);
      return Answer.failed("internal");
    }
  }

  static boolean isGone(Attempt attempt) {
    return attempt.answer().status() == GONE;
  }
}
