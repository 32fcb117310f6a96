package io.crewline.chaos;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Makes one REST call after the other. What is not answered, or refused for now, it repeats as it
 * was, with the same key, on whatever node answers.
 */
abstract class Caller extends Client {
  /** Longer than a node waits for the first call with the same key. */
  private static final Duration PATIENCE = Duration.ofSeconds(7);

  private final double perSecond;
  private volatile @Nullable Call open;
  private volatile @Nullable CompletableFuture<?> exchange;
  private volatile boolean ended;

  Caller(String name, double perSecond, World world, RandomGenerator random) {
    super(name, world, random);
    this.perSecond = perSecond;
  }

  /**
   * A call and what becomes of its answer.
   *
   * @param headers names and values in turn
   */
  static final class Call {
    final String method;
    final String path;
    final @Nullable String body;
    final List<String> headers;
    final Taker taker;
    int attempts;

    Call(String method, String path, @Nullable Object body, List<String> headers, Taker taker) {
      this.method = method;
      this.path = path;
      this.body = body == null ? null : Link.json(body);
      this.headers = headers;
      this.taker = taker;
    }

    @Override
    public String toString() {
      return method + " " + path + " " + body + " " + headers;
    }
  }

  /** Takes the answer that ends a call. */
  @FunctionalInterface
  interface Taker {
    void take(Answer answer);
  }

  /**
   * An answer that ends a call.
   *
   * @param node that gave it; -1 when the call was made more than once
   * @param first whether the call was made once
   */
  record Answer(int status, Map<String, Object> body, int node, boolean first) {
    boolean isGood() {
      return status < 300;
    }
  }

  /** The next call; null when there is nothing to do at this moment. */
  abstract @Nullable Call next();

  /** Begins nothing new; what is open is still repeated until it is answered. */
  final void end() {
    ended = true;
  }

  /** The call that waits for its answer, in words; empty for none. */
  final String open() {
    Call call = open;
    return call == null ? "" : call.toString();
  }

  /** Breaks the connection of the call that runs, if there is one. */
  @Override
  final void cut() {
    CompletableFuture<?> running = exchange;
    if (running != null) {
      running.cancel(true);
    }
  }

  @Override
  final long session(int node) throws InterruptedException {
    Call call = open;
    if (call == null) {
      call = ended ? null : next();
      if (call == null) {
        return 100;
      }
      open = call;
    }
    HttpResponse<String> response = response(call, node);
    if (response == null) {
      return 50;
    }
    int status = response.statusCode();
    boolean later = response.headers().firstValue("Retry-After").isPresent();
    if (status == 503 || status == 429 || status == 409 && later) {
      return 300;
    }
    if (status >= 500) {
      problem(call + " was answered " + status + ": " + response.body());
      return 500;
    }
    Map<String, Object> body = response.body().isEmpty() ? Map.of() : Link.parse(response.body());
    boolean first = call.attempts == 1;
    open = null;
    call.taker.take(new Answer(status, body, first ? node : -1, first));
    return random.nextLong(1 + (long) (2000 / perSecond));
  }

  private @Nullable HttpResponse<String> response(Call call, int node) throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + world.cluster().port(node) + call.path))
            .version(HttpClient.Version.HTTP_1_1)
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .method(
                call.method,
                call.body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(call.body));
    request.headers(call.headers.toArray(String[]::new));
    call.attempts++;
    CompletableFuture<HttpResponse<String>> running =
        Link.HTTP.sendAsync(request.build(), BodyHandlers.ofString());
    exchange = running;
    try {
      if (isHasty()) {
        return running.get(random.nextInt(8), TimeUnit.MILLISECONDS);
      }
      return running.get(2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | CancellationException | TimeoutException e) {
      running.cancel(true);
      if (!(e.getCause() instanceof IOException) && !(e instanceof CancellationException)) {
        world.connections().note(name, call + " on node " + node + ": " + e);
      }
      return null;
    } finally {
      exchange = null;
    }
  }
}
