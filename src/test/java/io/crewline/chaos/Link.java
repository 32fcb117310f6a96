package io.crewline.chaos;

import io.micronaut.core.type.Argument;
import io.micronaut.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a client, on the WebSocket of the JDK. Frames are handed over one at a time, in
 * order; after its end none is.
 */
final class Link implements WebSocket.Listener {
  static final HttpClient HTTP =
      HttpClient.newBuilder()
          .connectTimeout(Duration.ofSeconds(2))
          .executor(
              Executors.newThreadPerTaskExecutor(
                  Thread.ofVirtual().name("http-client-", 0).factory()))
          .build();
  private static final JsonMapper JSON = JsonMapper.createDefault();
  private static final Argument<Map<String, Object>> OBJECT =
      Argument.mapOf(String.class, Object.class);
  private static final Duration HANDSHAKE = Duration.ofSeconds(4);

  /** How a connection ended without a close frame. */
  static final int CUT = 1006;

  private final BiConsumer<Link, Map<String, Object>> taker;
  private final int node;
  private final StringBuilder text = new StringBuilder();
  private final CountDownLatch over = new CountDownLatch(1);
  private CompletableFuture<WebSocket> written;
  private volatile @Nullable WebSocket socket;
  private volatile boolean reading = true;
  private volatile long lastFrame = System.nanoTime();
  private volatile int code = CUT;
  private volatile long retryAfterMs = -1;

  /** Opens a connection; it does not wait for the handshake. */
  Link(int node, int port, BiConsumer<Link, Map<String, Object>> taker) {
    this.node = node;
    this.taker = taker;
    this.written =
        HTTP.newWebSocketBuilder()
            .connectTimeout(HANDSHAKE)
            .buildAsync(URI.create("ws://127.0.0.1:" + port + "/ws"), this);
    written.whenComplete(
        (opened, failure) -> {
          if (failure != null) {
            over.countDown();
          } else if (isOver()) {
            opened.abort();
          }
        });
  }

  /** The JSON object in a text. */
  static Map<String, Object> parse(String json) {
    try {
      return JSON.readValue(json, OBJECT);
    } catch (IOException e) {
      throw new UncheckedIOException(json, e);
    }
  }

  /** A value as JSON. */
  static String json(Object value) {
    try {
      return new String(JSON.writeValueAsBytes(value), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Map<String, Object> frame, String field) {
    return (Map<String, Object>)
        Objects.requireNonNull(frame.get(field), () -> field + " of " + frame);
  }

  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> objects(Map<String, Object> frame, String field) {
    return (List<Map<String, Object>>)
        Objects.requireNonNull(frame.get(field), () -> field + " of " + frame);
  }

  static long number(@Nullable Object value) {
    return ((Number) Objects.requireNonNull(value)).longValue();
  }

  int node() {
    return node;
  }

  /** Puts a frame in line. The JDK's WebSocket takes one text at a time. */
  synchronized void send(Map<String, Object> frame) {
    String json = json(frame);
    written = written.thenCompose(open -> open.sendText(json, true));
    written.whenComplete(
        (open, failure) -> {
          if (failure != null) {
            over.countDown();
          }
        });
  }

  /** Cuts the TCP connection. */
  void cut() {
    over.countDown();
    WebSocket open = socket;
    if (open != null) {
      open.abort();
    }
  }

  boolean isOver() {
    return over.getCount() == 0;
  }

  /** Waits for the end. Returns false when it has not come in time. */
  boolean awaitEnd(long millis) throws InterruptedException {
    return over.await(millis, TimeUnit.MILLISECONDS);
  }

  /** Since when nothing has come, in milliseconds; 0 while nothing is read. */
  long silentMs() {
    return reading ? TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastFrame) : 0;
  }

  /** Stops reading from the socket, or goes on. */
  void reading(boolean read) {
    lastFrame = System.nanoTime();
    reading = read;
    WebSocket open = socket;
    if (read && open != null) {
      open.request(1);
    }
  }

  boolean isReading() {
    return reading;
  }

  /** Whether the handshake succeeded. */
  boolean wasOpen() {
    return socket != null;
  }

  /** The close code, {@link #CUT} without one. */
  int code() {
    return code;
  }

  /** What {@code goingAway} said; -1 when it did not come. */
  long retryAfterMs() {
    return retryAfterMs;
  }

  @Override
  public void onOpen(WebSocket opened) {
    socket = opened;
    if (isOver()) {
      opened.abort();
    }
    opened.request(1);
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    lastFrame = System.nanoTime();
    text.append(data);
    if (last && !isOver()) {
      Map<String, Object> frame = parse(text.toString());
      text.setLength(0);
      if ("goingAway".equals(frame.get("type"))) {
        retryAfterMs = number(frame.get("retryAfterMs"));
      }
      taker.accept(this, frame);
    }
    if (reading) {
      from.request(1);
    }
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int closeCode, String reason) {
    if (!isOver()) {
      code = closeCode;
      over.countDown();
    }
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    over.countDown();
  }
}
