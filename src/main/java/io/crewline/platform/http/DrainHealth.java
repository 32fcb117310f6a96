package io.crewline.platform.http;

import io.crewline.platform.Draining;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.Map;
import org.reactivestreams.Publisher;

/** A node that drains lives and answers, but should be sent nobody any more. */
@Singleton
@Readiness
final class DrainHealth implements HealthIndicator {
  private final Draining draining;

  DrainHealth(Draining draining) {
    this.draining = draining;
  }

  @Override
  public Publisher<HealthResult> getResult() {
    boolean leaving = draining.hasBegun();
    return Publishers.just(
        HealthResult.builder("node", leaving ? HealthStatus.DOWN : HealthStatus.UP)
            .details(Map.of("state", leaving ? "draining" : "serving"))
            .build());
  }
}
