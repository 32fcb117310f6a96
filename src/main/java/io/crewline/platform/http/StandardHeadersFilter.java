package io.crewline.platform.http;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpHeaders;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;

/**
 * Headers that every answer carries unless the controller set its own (OWASP ASVS 14.4), and the
 * answer to {@code OPTIONS}: 204 with {@code Allow} (RFC 9110 §9.3.7).
 */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class StandardHeadersFilter implements Ordered {
  @ResponseFilter
  void complete(HttpRequest<?> request, MutableHttpResponse<?> response) {
    MutableHttpHeaders headers = response.getHeaders();
    if (request.getMethod() == HttpMethod.OPTIONS && response.code() == 405) {
      String allowed = headers.get(HttpHeaders.ALLOW);
      headers.remove(HttpHeaders.ALLOW).remove(HttpHeaders.CONTENT_TYPE);
      headers.add(HttpHeaders.ALLOW, allowed == null ? "OPTIONS" : allowed + ",OPTIONS");
      response.status(HttpStatus.NO_CONTENT).body(null);
    }
    absent(headers, "X-Content-Type-Options", "nosniff");
    absent(headers, "X-Frame-Options", "SAMEORIGIN");
    // Confirmation links carry a secret in their path; it must not travel on as a referrer.
    absent(headers, "Referrer-Policy", "no-referrer");
    if (LinkPaths.isLink(request.getPath())) {
      absent(headers, HttpHeaders.CACHE_CONTROL, "no-store");
      absent(headers, "X-Robots-Tag", "noindex, nofollow");
    }
    if (request.getPath().startsWith("/api/")) {
      absent(headers, HttpHeaders.CACHE_CONTROL, "no-store");
    }
  }

  private static void absent(MutableHttpHeaders headers, String name, String value) {
    if (!headers.contains(name)) {
      headers.add(name, value);
    }
  }

  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }
}
