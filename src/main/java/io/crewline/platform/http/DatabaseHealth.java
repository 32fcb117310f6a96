package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.micronaut.core.async.publisher.AsyncSingleResultPublisher;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import io.micronaut.scheduling.TaskExecutors;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.concurrent.ExecutorService;
import org.reactivestreams.Publisher;

/**
 * Ready means: the database answers. Names neither its address nor its version, for anyone may ask.
 */
@Singleton
@Readiness
final class DatabaseHealth implements HealthIndicator {
  private final Database database;
  private final ExecutorService executor;

  DatabaseHealth(Database database, @Named(TaskExecutors.BLOCKING) ExecutorService executor) {
    this.database = database;
    this.executor = executor;
  }

  @Override
  public Publisher<HealthResult> getResult() {
    return new AsyncSingleResultPublisher<>(executor, this::check);
  }

  private HealthResult check() {
    HealthResult.Builder result = HealthResult.builder("database");
    try {
      database.transaction(() -> database.query("SELECT 1", row -> true));
      return result.status(HealthStatus.UP).build();
    } catch (ApiException e) {
      return result.status(HealthStatus.DOWN).build();
    }
  }
}
