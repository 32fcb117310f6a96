package io.crewline.platform.http;

import io.crewline.platform.ClockCheck;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.Map;
import org.reactivestreams.Publisher;

/** A machine whose clock is far off should be sent nobody until somebody has looked at it. */
@Singleton
@Readiness
final class ClockHealth implements HealthIndicator {
  private final ClockCheck clock;

  ClockHealth(ClockCheck clock) {
    this.clock = clock;
  }

  @Override
  public Publisher<HealthResult> getResult() {
    boolean wrong = clock.isWrong();
    return Publishers.just(
        HealthResult.builder("clock", wrong ? HealthStatus.DOWN : HealthStatus.UP)
            .details(Map.of("state", wrong ? clock.describe() : "right"))
            .build());
  }
}
