package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.serde.annotation.Serdeable;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;

/** Calls whose effect can be counted: each inserts a row into the table {@code probe}. */
@Controller("/api/probe/effects")
@Secured(SecurityRule.IS_AUTHENTICATED)
@ExecuteOn(TaskExecutors.BLOCKING)
class ProbeEffects {
  private final Database database;
  private final AtomicInteger failures = new AtomicInteger();

  ProbeEffects(Database database) {
    this.database = database;
  }

  @Serdeable
  record Effect(String name) {}

  @Serdeable
  record Done(int number, String name) {}

  @Post("/{how}")
  HttpResponse<Done> run(@PathVariable String how, @Body Effect effect) {
    if (how.equals("failsOnce") && failures.getAndIncrement() == 0) {
      throw new IllegalStateException("the first call fails before its effect");
    }
    int number =
        database.transaction(
            () -> {
              if (how.equals("slow")) {
                database.query("SELECT pg_sleep(0.5)", row -> true);
              }
              return database
                  .queryOne(
                      "INSERT INTO probe (name) VALUES (?) RETURNING number",
                      row -> row.getInt("number"),
                      effect.name())
                  .orElseThrow();
            });
    return switch (how) {
      case "failsAfter" -> throw new IllegalStateException("fails after its effect");
      case "limited" -> throw ApiException.rateLimited("slow down", 1000);
      case "refused" -> throw ApiException.forbidden("not you");
      case "empty" -> HttpResponse.noContent();
      default ->
          HttpResponse.<Done>created(URI.create("/api/probe/effects/" + number))
              .body(new Done(number, effect.name()));
    };
  }
}
