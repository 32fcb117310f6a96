package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ready means: the database answers within {@value #PATIENCE_MS} ms. Those who ask while the
 * database is being asked share that question: however many they are and however long it says
 * nothing, one connection and one thread wait. Names neither its address nor its version, for
 * anyone may ask.
 */
@Singleton
@Readiness
final class DatabaseHealth implements HealthIndicator {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseHealth.class);
  private static final long PATIENCE_MS = 2_000;

  private final Database database;
  private @Nullable CompletableFuture<Boolean> asked;

  DatabaseHealth(Database database) {
    this.database = database;
  }

  @Override
  public Publisher<HealthResult> getResult() {
    return Publishers.fromCompletableFuture(
        () ->
            ask()
                .copy()
                .completeOnTimeout(false, PATIENCE_MS, TimeUnit.MILLISECONDS)
                .thenApply(
                    answers ->
                        HealthResult.builder("database")
                            .status(answers ? HealthStatus.UP : HealthStatus.DOWN)
                            .build()));
  }

  private synchronized CompletableFuture<Boolean> ask() {
    CompletableFuture<Boolean> current = asked;
    if (current == null || current.isDone()) {
      CompletableFuture<Boolean> fresh = new CompletableFuture<>();
      Thread.ofVirtual().name("database-health").start(() -> fresh.complete(answers()));
      asked = fresh;
      return fresh;
    }
    return current;
  }

  private boolean answers() {
    try {
      return database.transaction(
          Duration.ofMillis(PATIENCE_MS),
          () -> database.queryOne("SELECT 1", row -> true).orElse(false));
    } catch (ApiException e) {
      return false;
    } catch (RuntimeException e) {
      LOG.error("The database was not asked whether it answers", e);
      return false;
    }
  }
}
