package io.crewline.platform.http;

import io.crewline.platform.Ids;
import io.micronaut.context.propagation.slf4j.MdcPropagationContext;
import io.micronaut.core.order.Ordered;
import io.micronaut.core.propagation.MutablePropagatedContext;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The id of each request, {@code X-Request-Id}: the client's own if it is well-formed, else a new
 * one. The gateway sets it on the request and on its answer, whoever answers; here it is handed to
 * the log, as {@code requestId} of the MDC.
 */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
public final class RequestIds implements Ordered {
  /** The header, of requests and of answers. */
  public static final String HEADER = "X-Request-Id";

  private static final String LOGGED_AS = "requestId";
  private static final Pattern WELL_FORMED = Pattern.compile("[A-Za-z0-9._:+/=@-]{1,128}");

  private final Ids ids;

  RequestIds(Ids ids) {
    this.ids = ids;
  }

  /** The id of a request that came with some values of the header. */
  public String choose(List<String> given) {
    return given.size() == 1 && WELL_FORMED.matcher(given.getFirst()).matches()
        ? given.getFirst()
        : ids.random();
  }

  @RequestFilter
  void log(HttpRequest<?> request, MutablePropagatedContext context) {
    String id = request.getHeaders().get(HEADER);
    if (id != null) {
      context.add(new MdcPropagationContext(Map.of(LOGGED_AS, id)));
    }
  }

  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }
}
