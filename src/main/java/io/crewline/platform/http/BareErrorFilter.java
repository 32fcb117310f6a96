package io.crewline.platform.http;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;

/** Gives a problem to the error answers that a controller or a filter left without a body. */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class BareErrorFilter implements Ordered {
  @ResponseFilter
  void fill(MutableHttpResponse<?> response) {
    if (response.code() >= 400 && response.getBody().isEmpty()) {
      Problem problem = ProblemResponses.ofStatus(response.code());
      response.body(problem).contentType(MediaType.APPLICATION_JSON_PROBLEM_TYPE);
      ProblemResponses.retryAfter(response, problem);
      if (response.code() == 401 && !response.getHeaders().contains(HttpHeaders.WWW_AUTHENTICATE)) {
        response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
      }
    }
  }

  @Override
  public int getOrder() {
    return LOWEST_PRECEDENCE;
  }
}
