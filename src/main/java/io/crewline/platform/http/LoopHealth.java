package io.crewline.platform.http;

import io.crewline.platform.Watchdog;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import org.reactivestreams.Publisher;

/** A node one of whose loops stands still does not do all of its work. */
@Singleton
@Readiness
final class LoopHealth implements HealthIndicator {
  private final Watchdog watchdog;

  LoopHealth(Watchdog watchdog) {
    this.watchdog = watchdog;
  }

  @Override
  public Publisher<HealthResult> getResult() {
    List<String> stalled = watchdog.stalled();
    return Publishers.just(
        HealthResult.builder("loops", stalled.isEmpty() ? HealthStatus.UP : HealthStatus.DOWN)
            .details(Map.of("stalled", stalled))
            .build());
  }
}
