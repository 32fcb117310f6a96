package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.exceptions.HttpStatusException;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.serde.annotation.Serdeable;
import io.micronaut.validation.Validated;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A controller that only tests have: every way to take an input and to fail. */
@Validated
@Controller("/api/probe")
@Secured(SecurityRule.IS_ANONYMOUS)
@ExecuteOn(TaskExecutors.BLOCKING)
class ProbeController {
  private final AtomicInteger calls = new AtomicInteger();

  @Serdeable
  record Thing(
      @Nullable String name,
      @Nullable Long count,
      @Nullable List<Part> parts,
      @Nullable Color color) {}

  @Serdeable
  record Part(@Nullable Integer size, @Nullable Map<String, Integer> weights) {}

  @Serdeable
  record Rules(@NotBlank @Size(max = 5) String name, @NotNull @Valid List<Rule> rules) {}

  @Serdeable
  record Rule(@NotBlank String text) {}

  enum Color {
    RED,
    BLUE
  }

  @Get
  Map<String, Object> get() {
    return Map.of("calls", calls.get());
  }

  @Post
  HttpResponse<Thing> post(@Body Thing thing) {
    calls.incrementAndGet();
    return HttpResponse.<Thing>created(thing).header("Location", "/api/probe/1");
  }

  @Post("/rules")
  Rules rules(@Valid @Body Rules rules) {
    return rules;
  }

  @Get("/number/{number}")
  long number(@PathVariable long number, @QueryValue @Nullable Integer limit) {
    return number + (limit == null ? 0 : limit);
  }

  @Get("/required")
  String required(@QueryValue("q") String query) {
    return query;
  }

  @Get("/fail/{how}")
  HttpResponse<?> fail(@PathVariable String how) {
    return switch (how) {
      case "limited" -> throw ApiException.rateLimited("slow down", 1500);
      case "unavailable" -> throw ApiException.unavailable("the database is not available");
      case "unauthenticated" -> throw ApiException.of(ErrorCode.UNAUTHENTICATED, "token expired");
      case "status" -> throw new HttpStatusException(HttpStatus.CONFLICT, "io.secret.Leak");
      case "bare" -> HttpResponse.notFound();
      case "busy" -> HttpResponse.status(HttpStatus.SERVICE_UNAVAILABLE);
      case "tooMany" -> throw new HttpStatusException(HttpStatus.TOO_MANY_REQUESTS, "slow down");
      case "error" -> throw new StackOverflowError("secret detail");
      default -> throw new IllegalStateException("secret detail");
    };
  }

  @Get("/secret")
  @Secured(SecurityRule.IS_AUTHENTICATED)
  String secret() {
    return "secret";
  }

  @Get("/denied")
  @Secured(SecurityRule.DENY_ALL)
  String denied() {
    return "denied";
  }
}
