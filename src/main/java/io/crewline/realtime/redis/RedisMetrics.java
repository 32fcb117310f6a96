package io.crewline.realtime.redis;

import io.crewline.realtime.redis.Rejection.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/** What the broadcaster counts; names begin with {@code crewline.redis.}. */
final class RedisMetrics {
  private final Counter published;
  private final Counter received;
  private final Counter dropped;
  private final Map<Reason, Counter> rejected = new EnumMap<>(Reason.class);

  RedisMetrics(MeterRegistry registry, BooleanSupplier connected) {
    published =
        Counter.builder("crewline.redis.published")
            .description("Events that Redis took for the other nodes")
            .register(registry);
    received =
        Counter.builder("crewline.redis.received")
            .description("Events of other nodes that arrived through Redis")
            .register(registry);
    dropped =
        Counter.builder("crewline.redis.dropped")
            .description(
                "Events that did not go to Redis; other nodes read those that are in the journal"
                    + " there")
            .register(registry);
    Arrays.stream(Reason.values())
        .forEach(
            reason ->
                rejected.put(
                    reason,
                    Counter.builder("crewline.redis.rejected")
                        .description("Messages from Redis that were not taken")
                        .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                        .register(registry)));
    Gauge.builder("crewline.redis.connected", connected, each -> each.getAsBoolean() ? 1 : 0)
        .description("1 while events of other nodes arrive through Redis")
        .strongReference(true)
        .register(registry);
  }

  void published(int events) {
    published.increment(events);
  }

  void received(int events) {
    received.increment(events);
  }

  void dropped(int events) {
    dropped.increment(events);
  }

  void rejected(Reason reason) {
    Objects.requireNonNull(rejected.get(reason)).increment();
  }
}
