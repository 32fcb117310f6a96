package io.crewline.realtime;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the engine counts. Names begin with {@code crewline.}; the README lists them. */
@Singleton
public final class RealtimeMetrics {
  private final MeterRegistry registry;
  private final Clock clock;
  private final Counter committed;
  private final Counter deliveries;
  private final Counter healed;
  private final Counter unknown;
  private final Counter ephemeralWritten;
  private final Counter ephemeralDropped;
  private final Timer commitToDelivery;
  private final Counter pagesFromMemory;
  private final Counter pagesFromJournal;
  private final Map<String, Counter> commands = new ConcurrentHashMap<>();

  RealtimeMetrics(MeterRegistry registry, Clock clock) {
    this.registry = registry;
    this.clock = clock;
    this.committed =
        Counter.builder("crewline.events.committed")
            .description("Events committed by this node")
            .register(registry);
    this.deliveries =
        Counter.builder("crewline.deliveries")
            .description("Events written to live sessions, one for each session")
            .register(registry);
    this.healed =
        Counter.builder("crewline.events.healed")
            .description("Events that were read from the journal because a gap was seen")
            .register(registry);
    this.unknown =
        Counter.builder("crewline.events.unknown")
            .description("Events that came and were dropped because the journal does not have them")
            .register(registry);
    this.pagesFromMemory = pages(registry, "memory");
    this.pagesFromJournal = pages(registry, "journal");
    this.ephemeralWritten = ephemeral("written");
    this.ephemeralDropped = ephemeral("dropped");
    this.commitToDelivery =
        Timer.builder("crewline.delivery.latency")
            .description("From the recording of an event until a loop has written it")
            .serviceLevelObjectives(
                Duration.ofMillis(1),
                Duration.ofMillis(2),
                Duration.ofMillis(5),
                Duration.ofMillis(10),
                Duration.ofMillis(25),
                Duration.ofMillis(50),
                Duration.ofMillis(100),
                Duration.ofMillis(250),
                Duration.ofMillis(500),
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30))
            .register(registry);
  }

  private static Counter pages(MeterRegistry registry, String source) {
    return Counter.builder("crewline.catchup.pages")
        .description("Pages of events that clients who were behind were given")
        .tag("source", source)
        .register(registry);
  }

  void recentEvents(RecentEvents.Budget budget) {
    Gauge.builder("crewline.recent.events.size", budget, RecentEvents.Budget::usedBytes)
        .description("Memory of the recent events that resuming clients are served from")
        .baseUnit("bytes")
        .register(registry);
  }

  void caughtUp(boolean fromMemory) {
    (fromMemory ? pagesFromMemory : pagesFromJournal).increment();
  }

  private Counter ephemeral(String outcome) {
    return Counter.builder("crewline.ephemeral")
        .description("Typing and presence events, one for each session that they were for")
        .tag("outcome", outcome)
        .register(registry);
  }

  void ephemeral(int written, int dropped) {
    ephemeralWritten.increment(written);
    ephemeralDropped.increment(dropped);
  }

  void committed(int events) {
    committed.increment(events);
  }

  void delivered(int written) {
    deliveries.increment(written);
  }

  void healed(int events) {
    healed.increment(events);
  }

  void unknown(int events) {
    unknown.increment(events);
  }

  void reached(Instant recordedAt) {
    commitToDelivery.record(Duration.between(recordedAt, clock.instant()));
  }

  void handled(String type, String outcome) {
    commands
        .computeIfAbsent(
            type + " " + outcome,
            key ->
                Counter.builder("crewline.commands")
                    .description("Commands by type and outcome")
                    .tags("type", type, "outcome", outcome)
                    .register(registry))
        .increment();
  }
}
