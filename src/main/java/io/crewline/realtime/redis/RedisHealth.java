package io.crewline.realtime.redis;

import io.micronaut.context.annotation.Requires;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.Map;
import org.reactivestreams.Publisher;

/**
 * Tells whether Redis is there. A node without it is still ready, since the journal stands in:
 * taking every node out of service because Redis is gone would make a slowdown an outage.
 */
@Singleton
@Readiness
@Requires(property = "crewline.broadcaster", value = "redis")
final class RedisHealth implements HealthIndicator {
  private final RedisBroadcaster broadcaster;

  RedisHealth(RedisBroadcaster broadcaster) {
    this.broadcaster = broadcaster;
  }

  @Override
  public Publisher<HealthResult> getResult() {
    return Publishers.just(
        HealthResult.builder("redis", HealthStatus.UP)
            .details(Map.of("state", broadcaster.isConnected() ? "connected" : "degraded"))
            .build());
  }
}
