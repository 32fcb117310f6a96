package io.crewline.platform.http;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;
import io.micronaut.web.router.RouteAttributes;
import org.jspecify.annotations.Nullable;

/** Refuses bodies that could not be decoded: 400, 413, or 415 with what is decoded here. */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class EncodedBodyFilter implements Ordered {
  @RequestFilter
  @Nullable HttpResponse<?> check(HttpRequest<?> request) {
    BodyFault fault = BodyFault.ofWireName(request.getHeaders().get(BodyFault.HEADER));
    if (fault == null || RouteAttributes.getRouteMatch(request).isEmpty()) {
      return null;
    }
    MutableHttpResponse<Problem> response = Problem.response(fault.refusal());
    if (fault == BodyFault.UNKNOWN) {
      response.header(HttpHeaders.ACCEPT_ENCODING, BodyFault.DECODED); // RFC 9110 §15.5.16
    }
    return response;
  }

  /** After the caller is known and counted, before bodies are read. */
  @Override
  public int getOrder() {
    return ServerFilterPhase.SECURITY.after() - 2;
  }
}
