package io.crewline.account;

import io.micronaut.http.HttpRequest;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.RouteMatch;
import io.micronaut.web.router.UriRouteInfo;
import org.jspecify.annotations.Nullable;

/**
 * Which routes need a caller. It looks at the route that the router chose, never at the path as the
 * client wrote it: there is no spelling of a path that reaches a controller past this.
 */
final class ApiRoutes {
  private ApiRoutes() {}

  /** Everything under {@code /api} but login and confirmation links. */
  static boolean needCaller(HttpRequest<?> request) {
    String template = template(request);
    return template != null
        && isAtOrUnder("/api", template)
        && !isAtOrUnder("/api/token", template)
        && !isAtOrUnder("/api/confirm", template);
  }

  /** Null if no route was found; then the answer is 404 or a static file. */
  private static @Nullable String template(HttpRequest<?> request) {
    RouteMatch<?> match = RouteAttributes.getRouteMatch(request).orElse(null);
    return match != null && match.getRouteInfo() instanceof UriRouteInfo<?, ?> route
        ? route.getUriMatchTemplate().toPathString()
        : null;
  }

  private static boolean isAtOrUnder(String root, String template) {
    return template.startsWith(root)
        && (template.length() == root.length()
            || "/{".indexOf(template.charAt(root.length())) >= 0);
  }
}
