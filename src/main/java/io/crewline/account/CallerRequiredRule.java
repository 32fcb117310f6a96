package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.limit.ClientAddresses;
import io.crewline.platform.limit.RateLimits;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpRequest;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.rules.SecuredAnnotationRule;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.security.rules.SecurityRuleResult;
import io.micronaut.web.router.MethodBasedRouteMatch;
import io.micronaut.web.router.RouteAttributes;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * The API needs a caller, which a new controller cannot forget to ask for. What role the caller
 * needs is left to {@code @Secured}. Everything else is open and, like the sockets, sees to itself.
 */
@Singleton
final class CallerRequiredRule implements SecurityRule<HttpRequest<?>> {
  private final RateLimits limits;
  private final ClientAddresses addresses;

  CallerRequiredRule(RateLimits limits, ClientAddresses addresses) {
    this.limits = limits;
    this.addresses = addresses;
  }

  @Override
  public Publisher<SecurityRuleResult> check(
      @Nullable HttpRequest<?> request, @Nullable Authentication authentication) {
    if (request == null) {
      return Publishers.just(SecurityRuleResult.UNKNOWN);
    }
    if (authentication == null && ApiRoutes.needCaller(request)) {
      // Refused here, it does not come to where calls without a login are counted otherwise.
      long waitMs = limits.address(addresses.of(request));
      if (waitMs > 0) {
        return Publishers.just(RateLimits.refusal(waitMs));
      }
      // An error rather than a plain rejection, so that the answer can say why.
      return Publishers.just(
          ApiException.of(
              ErrorCode.UNAUTHENTICATED,
              request
                  .getAttribute(AccessTokenValidator.REFUSAL, String.class)
                  .orElse("a bearer token is needed here")));
    }
    boolean decidedElsewhere =
        RouteAttributes.getRouteMatch(request).orElse(null)
                instanceof MethodBasedRouteMatch<?, ?> route
            && route.hasAnnotation(Secured.class);
    return Publishers.just(
        decidedElsewhere ? SecurityRuleResult.UNKNOWN : SecurityRuleResult.ALLOWED);
  }

  @Override
  public int getOrder() {
    return SecuredAnnotationRule.ORDER - 10;
  }
}
