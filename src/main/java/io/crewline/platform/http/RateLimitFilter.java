package io.crewline.platform.http;

import io.crewline.platform.limit.ClientAddresses;
import io.crewline.platform.limit.RateLimits;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;
import java.security.Principal;
import org.jspecify.annotations.Nullable;

/**
 * Counts the calls of a user together with their commands on sockets, and calls without a user by
 * their address. Over the limit: 429 with {@code Retry-After}, before anything is read or asked of
 * the database. Calls that are refused because they have no login are counted where that is found
 * out.
 */
@ServerFilter("/api/**")
final class RateLimitFilter implements Ordered {
  private final RateLimits limits;
  private final ClientAddresses addresses;

  RateLimitFilter(RateLimits limits, ClientAddresses addresses) {
    this.limits = limits;
    this.addresses = addresses;
  }

  @RequestFilter
  @Nullable HttpResponse<?> count(HttpRequest<?> request) {
    Principal user = request.getUserPrincipal().orElse(null);
    long waitMs =
        user == null ? limits.address(addresses.of(request)) : limits.user(user.getName());
    return waitMs == 0 ? null : Problem.response(RateLimits.refusal(waitMs));
  }

  /** After the caller is known, before bodies are read. */
  @Override
  public int getOrder() {
    return ServerFilterPhase.SECURITY.after() - 3;
  }
}
