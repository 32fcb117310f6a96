package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.server.annotation.PreMatching;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Cross-origin calls of browsers, by the Fetch standard (CORS protocol): answers preflights, and
 * lets pages of the allowed origins read the answers. Pages of other origins get no CORS header at
 * all.
 */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class CorsFilter implements Ordered {
  private static final String EXPOSED =
      "Allow, ETag, Idempotency-Replayed, Location, Retry-After, WWW-Authenticate,"
          + " X-Request-Id";
  private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
  private static final Pattern HEADER_NAMES = Pattern.compile("[A-Za-z0-9_, -]{1,1000}");
  private static final String MAX_AGE_SECONDS = "7200";

  private final OriginPolicy origins;

  CorsFilter(OriginPolicy origins) {
    this.origins = origins;
  }

  @PreMatching
  @RequestFilter
  @Nullable HttpResponse<?> answerPreflight(HttpRequest<?> request) {
    HttpHeaders headers = request.getHeaders();
    String origin = headers.get(HttpHeaders.ORIGIN);
    if (request.getMethod() != HttpMethod.OPTIONS
        || origin == null
        || !headers.contains(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD)) {
      return null;
    }
    if (!origins.allows(origin, headers.get(HttpHeaders.HOST))) {
      return Problem.response(
          ApiException.forbidden("this origin is not among CREWLINE_CORS_ORIGINS"));
    }
    MutableHttpResponse<?> response = HttpResponse.noContent();
    response.header(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    response.header(HttpHeaders.ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
    String wanted = headers.get(HttpHeaders.ACCESS_CONTROL_REQUEST_HEADERS);
    if (wanted != null && HEADER_NAMES.matcher(wanted).matches()) {
      response.header(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, wanted);
    }
    open(request, response); // response filters do not run for an answer given this early
    return response;
  }

  @ResponseFilter
  void open(HttpRequest<?> request, MutableHttpResponse<?> response) {
    response.getHeaders().add(HttpHeaders.VARY, HttpHeaders.ORIGIN);
    String origin = request.getHeaders().get(HttpHeaders.ORIGIN);
    if (origin == null || !origins.allows(origin, request.getHeaders().get(HttpHeaders.HOST))) {
      return;
    }
    response.header(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    if (origins.allowsAny()) {
      response.header(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, "*");
      return;
    }
    response.header(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    // No cookie ever authenticates a call, so this gives nothing away; clients that are set to send
    // credentials could not read the answer without it.
    response.header(HttpHeaders.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
  }

  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }
}
