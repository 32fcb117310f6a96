package io.crewline.webhook;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What webhooks count; the README lists it. */
@Singleton
final class WebhookMetrics {
  private final MeterRegistry registry;
  private final Clock clock;
  private final Timer calls;
  private volatile long depth;
  private volatile Instant oldest = Instant.MAX;

  WebhookMetrics(MeterRegistry registry, Clock clock) {
    this.registry = registry;
    this.clock = clock;
    this.calls =
        Timer.builder("crewline.webhook.calls")
            .description("Calls of webhooks by this node")
            .register(registry);
    Gauge.builder("crewline.webhook.queue", this, metrics -> metrics.depth)
        .description(
            "Deliveries of active webhooks that wait, on all nodes, counted up to "
                + DeliveryRepository.COUNTED)
        .register(registry);
    Gauge.builder("crewline.webhook.oldest.age", this, WebhookMetrics::oldestAge)
        .description("Since when the oldest of them waits")
        .baseUnit("seconds")
        .register(registry);
    for (String outcome : List.of("delivered", "retried", "dead")) {
      counter(outcome);
    }
  }

  void called(Duration took) {
    calls.record(took);
  }

  void finished(List<Attempt> attempts) {
    for (Attempt attempt : attempts) {
      counter(
              switch (attempt.state()) {
                case DELIVERED -> "delivered";
                case PENDING -> "retried";
                case DEAD -> "dead";
              })
          .increment();
    }
  }

  void queue(DeliveryRepository.Queue queue) {
    depth = queue.depth();
    oldest = queue.oldest() == null ? Instant.MAX : queue.oldest();
  }

  private double oldestAge() {
    Instant since = oldest;
    return since.equals(Instant.MAX)
        ? 0
        : Math.max(0, Duration.between(since, clock.instant()).toMillis() / 1000.0);
  }

  private Counter counter(String outcome) {
    return Counter.builder("crewline.webhook.deliveries")
        .description("Attempts of this node by what became of them")
        .tag("outcome", outcome)
        .register(registry);
  }
}
