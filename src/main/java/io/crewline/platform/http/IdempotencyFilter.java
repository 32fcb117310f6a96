package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.crewline.platform.http.IdempotentCalls.Outcome;
import io.micronaut.core.order.Ordered;
import io.micronaut.core.propagation.PropagatedContext;
import io.micronaut.core.type.Argument;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.FilterContinuation;
import io.micronaut.http.filter.ServerFilterPhase;
import io.micronaut.json.JsonMapper;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.UriRouteInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Principal;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes {@code POST} safe to repeat: a call with an {@code Idempotency-Key} runs once for its
 * caller and path; repeats get the recorded answer with {@code Idempotency-Replayed: true}. The
 * same key with another body is refused (422); a repeat while the first call runs waits some
 * seconds for its answer, then is told to come back (409, {@code Retry-After}).
 *
 * <p>Recorded is every answer below 500 but 401, 408 and 429, which are about the moment and not
 * about the call. The body of a multipart upload is not compared, for its boundary differs in each
 * try. Tokens and links are never recorded; calls for tokens and by confirmation link see to their
 * keys themselves. What holds when a node dies is told at {@link IdempotentAnswers}.
 */
@ServerFilter(value = "/api/**", methods = HttpMethod.POST)
final class IdempotencyFilter implements Ordered {
  static final String KEY = "Idempotency-Key";
  static final String REPLAYED = "Idempotency-Replayed";
  private static final Logger LOG = LoggerFactory.getLogger(IdempotencyFilter.class);
  private static final int MAX_KEY = 255;
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(50);

  private final IdempotentCalls calls;
  private final JsonMapper json;

  IdempotencyFilter(IdempotentCalls calls, JsonMapper json) {
    this.calls = calls;
    this.json = json;
  }

  @RequestFilter
  @ExecuteOn(TaskExecutors.BLOCKING)
  HttpResponse<?> once(HttpRequest<?> request, FilterContinuation<MutableHttpResponse<?>> call)
      throws InterruptedException {
    String key = key(request);
    String route = route(request);
    if (key == null || route == null || route.startsWith("/api/token") || LinkPaths.isLink(route)) {
      return call.proceed();
    }
    byte[] id = id(request, key);
    byte[] body = RequestBody.isMultipart(request) ? new byte[0] : RequestBody.read(request);
    byte[] fingerprint =
        sha256(
            String.valueOf(request.getUri().getRawQuery()).getBytes(StandardCharsets.UTF_8), body);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      switch (calls.claim(id, fingerprint)) {
        case Outcome.Claimed claimed -> {
          return run(id, claimed.owner(), request, call);
        }
        case Outcome.Answered answered -> {
          return replay(answered);
        }
        case Outcome.OtherRequest other -> throw IdempotentAnswers.otherRequest();
        case Outcome.AnswerLost lost ->
            throw ApiException.conflict(
                "the first call with this Idempotency-Key took effect, but its answer is lost:"
                    + " read the resource instead");
        case Outcome.Running running -> {
          if (System.nanoTime() > deadline) {
            return Problem.response(
                    ApiException.conflict("the first call with this Idempotency-Key still runs"))
                .header(HttpHeaders.RETRY_AFTER, "1");
          }
          Thread.sleep(POLL);
        }
      }
    }
  }

  private HttpResponse<?> run(
      byte[] id,
      String owner,
      HttpRequest<?> request,
      FilterContinuation<MutableHttpResponse<?>> call) {
    KeyedCall keyed = new KeyedCall(calls, id, owner, response -> encode(request, response));
    boolean recorded = false;
    try (PropagatedContext.Scope scope = PropagatedContext.getOrEmpty().plus(keyed).propagate()) {
      // Only a continuation with a request takes the current propagated context along.
      MutableHttpResponse<?> response = call.request(request).proceed();
      Outcome.Answered answer = keyed.committed();
      if (answer == null) {
        answer = encode(request, response);
        if (answer != null) {
          calls.record(id, owner, answer);
        }
      }
      if (answer != null) {
        recorded = true;
        fix(response, answer);
      }
      return response;
    } finally {
      if (!recorded) {
        release(id, owner);
      }
    }
  }

  /** The template of the route that was chosen: a path has several spellings, a route has one. */
  private static @Nullable String route(HttpRequest<?> request) {
    return RouteAttributes.getRouteInfo(request).orElse(null) instanceof UriRouteInfo<?, ?> found
        ? found.getUriMatchTemplate().toPathString()
        : null;
  }

  /**
   * A new link is shown once, and kept nowhere: a repeat learns that the first call took effect.
   */
  private static boolean isSecret(HttpRequest<?> request) {
    return "/api/confirmations".equals(route(request));
  }

  private static boolean isFinal(int status) {
    return status < 500 && status != 401 && status != 408 && status != 429;
  }

  /** The answer as it is recorded; null for one that is not. */
  private Outcome.@Nullable Answered encode(HttpRequest<?> request, HttpResponse<?> response) {
    if (!isFinal(response.code()) || response.code() == 201 && isSecret(request)) {
      return null;
    }
    Object body = response.body();
    byte[] bytes;
    try {
      bytes =
          switch (body) {
            case null -> new byte[0];
            case byte[] raw -> raw;
            case CharSequence text -> text.toString().getBytes(StandardCharsets.UTF_8);
            default -> encode(request, response, body);
          };
    } catch (IOException e) {
      LOG.warn(
          "The answer of {} cannot be recorded: {}",
          LinkPaths.loggable(request.getPath()),
          e.toString());
      return null;
    }
    MediaType type = response.getContentType().orElse(MediaType.APPLICATION_JSON_TYPE);
    return new Outcome.Answered(
        response.code(),
        body == null ? null : type.toString(),
        response.getHeaders().get(HttpHeaders.LOCATION),
        bytes);
  }

  /** Sends the bytes that are recorded, so that a repeat gets the same ones. */
  private static void fix(MutableHttpResponse<?> response, Outcome.Answered answer) {
    String type = answer.contentType();
    if (type != null && response.code() == answer.status()) {
      response.body(answer.body()).contentType(type);
    }
  }

  @SuppressWarnings("unchecked") // the route declares the type of the body it returns
  private byte[] encode(HttpRequest<?> request, HttpResponse<?> response, Object body)
      throws IOException {
    Argument<?> declared =
        RouteAttributes.getRouteInfo(request)
            .<Argument<?>>map(route -> route.getResponseBodyType())
            .orElse(Argument.OBJECT_ARGUMENT);
    return response.code() < 400 && declared.getType() != Object.class && declared.isInstance(body)
        ? json.writeValueAsBytes((Argument<Object>) declared, body)
        : json.writeValueAsBytes(body);
  }

  private void release(byte[] id, String owner) {
    try {
      calls.release(id, owner);
    } catch (RuntimeException e) {
      LOG.warn("An Idempotency-Key stays claimed until its lease ends: {}", e.toString());
    }
  }

  private static HttpResponse<?> replay(Outcome.Answered answer) {
    MutableHttpResponse<byte[]> response =
        HttpResponse.<byte[]>status(answer.status(), "").header(REPLAYED, "true");
    if (answer.contentType() != null) {
      response.body(answer.body()).header(HttpHeaders.CONTENT_TYPE, answer.contentType());
    }
    if (answer.location() != null) {
      response.header(HttpHeaders.LOCATION, answer.location());
    }
    return response;
  }

  private static @Nullable String key(HttpRequest<?> request) {
    List<String> keys = request.getHeaders().getAll(KEY);
    if (keys.isEmpty()) {
      return null;
    }
    String key = keys.getFirst();
    boolean printable = key.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
    if (keys.size() > 1 || key.isBlank() || key.length() > MAX_KEY || !printable) {
      throw ApiException.badField(
          KEY, "must be one value of 1 to " + MAX_KEY + " printable ASCII characters");
    }
    return key;
  }

  private static byte[] id(HttpRequest<?> request, String key) {
    String caller = request.getUserPrincipal().map(Principal::getName).orElse("");
    String path = request.getPath().replaceAll("/+$", "");
    return sha256(
        (caller + '\0' + path + '\0').getBytes(StandardCharsets.UTF_8),
        key.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] sha256(byte[] first, byte[] second) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(first);
      digest.update((byte) 0);
      return digest.digest(second);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public int getOrder() {
    return ServerFilterPhase.SECURITY.after();
  }
}
