package io.crewline.testing;

import io.micronaut.core.type.Argument;
import io.micronaut.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A well-behaved client of {@code /ws} on the JDK's own WebSocket. Commands are maps, replies come
 * as futures by id; events and notices queue up until they are awaited. Answers pings by itself
 * unless told otherwise. Every wait ends after {@value #PATIENCE_S} s with a failure that names
 * what came instead.
 */
public final class SocketClient implements AutoCloseable {
  private static final long PATIENCE_S = 12;
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final JsonMapper JSON = JsonMapper.createDefault();
  private static final Argument<Map<String, Object>> OBJECT =
      Argument.mapOf(String.class, Object.class);

  private final Map<String, CompletableFuture<Map<String, Object>>> replies =
      new ConcurrentHashMap<>();
  private final BlockingQueue<Map<String, Object>> pushed = new LinkedBlockingQueue<>();
  private final List<Map<String, Object>> skipped = new ArrayList<>();
  private final CompletableFuture<Close> closed = new CompletableFuture<>();
  private final AtomicLong ids = new AtomicLong();
  private final Object sending = new Object();
  private volatile boolean answersPings = true;
  private volatile boolean reading = true;
  private final WebSocket socket;

  /** How the server ended the connection; code 1006 when it just went away. */
  public record Close(int code, String reason) {}

  private SocketClient(WebSocket.Builder builder, int port) {
    this.socket =
        join(
            builder.buildAsync(URI.create("ws://127.0.0.1:" + port + "/ws"), new Receiver()),
            "the upgrade");
  }

  /** Opens a socket that is authenticated by its upgrade; {@code token} null leaves that out. */
  public static SocketClient connect(int port, @Nullable String token) {
    return connect(port, token, Map.of());
  }

  /** The same with more headers on the upgrade, such as {@code Origin}. */
  public static SocketClient connect(
      int port, @Nullable String token, Map<String, String> headers) {
    WebSocket.Builder builder = HTTP.newWebSocketBuilder();
    if (token != null) {
      builder.header("Authorization", "Bearer " + token);
    }
    headers.forEach(builder::header);
    return new SocketClient(builder, port);
  }

  /** The JSON object in a text. */
  public static Map<String, Object> parse(String json) {
    try {
      return JSON.readValue(json, OBJECT);
    } catch (IOException e) {
      throw new UncheckedIOException(json, e);
    }
  }

  /** Sends a command, with an id of its own unless it has one, and returns its coming reply. */
  public CompletableFuture<Map<String, Object>> send(Map<String, ?> command) {
    Map<String, Object> withId = new LinkedHashMap<>(command);
    withId.putIfAbsent("id", ids.incrementAndGet());
    CompletableFuture<Map<String, Object>> reply = new CompletableFuture<>();
    replies.put(String.valueOf(withId.get("id")), reply);
    try {
      sendText(new String(JSON.writeValueAsBytes(withId), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return reply;
  }

  /** Sends a command and waits for its reply, which may be an error. */
  public Map<String, Object> call(Map<String, ?> command) {
    return join(send(command), "the reply to " + command);
  }

  /** Sends a command by its type and fields in turn: {@code call("markRead", "channel", cid)}. */
  public Map<String, Object> call(String type, Object... namesAndValues) {
    Map<String, Object> command = new LinkedHashMap<>();
    command.put("type", type);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      command.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return call(command);
  }

  /** Sends a text frame as it is. */
  public void sendText(String text) {
    synchronized (sending) {
      join(socket.sendText(text, true), "sending");
    }
  }

  /** Sends one fragment of a text message. */
  public void sendFragment(String text, boolean last) {
    synchronized (sending) {
      join(socket.sendText(text, last), "sending");
    }
  }

  /** The socket itself, for what this class has no method for. */
  public WebSocket socket() {
    return socket;
  }

  /** Waits for the next event or notice of a type; those of other types stay for later waits. */
  public Map<String, Object> await(String type) {
    return await("a frame of type " + type, frame -> type.equals(frame.get("type")));
  }

  /** Waits for the next frame without a known id that matches; others stay for later waits. */
  public Map<String, Object> await(String what, Predicate<Map<String, Object>> matches) {
    synchronized (skipped) {
      for (int i = 0; i < skipped.size(); i++) {
        if (matches.test(skipped.get(i))) {
          return skipped.remove(i);
        }
      }
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
      while (true) {
        Map<String, Object> frame = poll(end - System.nanoTime());
        if (frame == null) {
          throw new AssertionError(
              what + " did not come; others: " + skipped + ", closed: " + closed.getNow(null));
        }
        if (matches.test(frame)) {
          return frame;
        }
        skipped.add(frame);
      }
    }
  }

  private @Nullable Map<String, Object> poll(long nanos) {
    try {
      return pushed.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Everything that came without a known id and has not been awaited, in order of arrival. */
  public List<Map<String, Object>> received() {
    synchronized (skipped) {
      pushed.drainTo(skipped);
      return List.copyOf(skipped);
    }
  }

  /** Waits for the end of the connection. */
  public Close awaitClose() {
    return join(closed, "the close frame");
  }

  public boolean isClosed() {
    return closed.isDone();
  }

  /** Whether pings are answered; if not, they queue up like other notices. */
  public SocketClient answerPings(boolean answer) {
    answersPings = answer;
    return this;
  }

  /** Stops reading from the socket, or goes on: a slow client. */
  public void reading(boolean read) {
    reading = read;
    if (read) {
      socket.request(1);
    }
  }

  /** Says goodbye with 1000 and waits for the answer. */
  @Override
  public void close() {
    if (!socket.isOutputClosed()) {
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "").exceptionally(e -> socket);
    }
    if (!reading) {
      socket.abort();
      return;
    }
    closed.completeOnTimeout(new Close(1006, "no answer"), 2, TimeUnit.SECONDS).join();
    socket.abort();
  }

  /** Cuts the connection without a goodbye. */
  public void abort() {
    socket.abort();
    closed.complete(new Close(1006, "aborted"));
  }

  private <T> T join(CompletableFuture<T> future, String what) {
    try {
      return future.get(PATIENCE_S, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(
          what + " did not come; others: " + received() + ", closed: " + closed.getNow(null), e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new CompletionException(e.getCause());
    }
  }

  private void received(String text) {
    Map<String, Object> frame = parse(text);
    Object id = frame.get("id");
    CompletableFuture<Map<String, Object>> reply =
        id == null ? null : replies.remove(String.valueOf(id));
    if (reply != null) {
      reply.complete(frame);
    } else if (answersPings && "ping".equals(frame.get("type"))) {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  sendText("{\"type\":\"pong\"}");
                } catch (RuntimeException e) {
                  // the connection has ended meanwhile
                }
              });
    } else {
      pushed.add(frame);
    }
  }

  private final class Receiver implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        received(text.toString());
        text.setLength(0);
      }
      if (reading) {
        from.request(1);
      }
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      closed.complete(new Close(code, reason));
      fail();
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      closed.complete(new Close(1006, String.valueOf(error.getMessage())));
      fail();
    }

    private void fail() {
      replies
          .values()
          .forEach(
              reply ->
                  reply.completeExceptionally(
                      new IOException("closed before the reply: " + closed.getNow(null))));
    }
  }
}
