package io.crewline.testing;

import io.micronaut.core.type.Argument;
import io.micronaut.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The client that the promise is made to: it watches a room, keeps its position, reconnects and
 * resumes whenever its connection ends, and repeats sends that were not acknowledged under the same
 * {@code clientId}. It writes down whatever breaks the promise.
 */
public final class ResumingClient implements AutoCloseable {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private static final JsonMapper JSON = JsonMapper.createDefault();
  private static final Argument<Map<String, Object>> OBJECT =
      Argument.mapOf(String.class, Object.class);

  private final IntSupplier port;
  private final String token;
  private final String cid;
  private final String topic;
  private final String name;
  private final List<Long> messageIds = new ArrayList<>();
  private final List<String> broken = new ArrayList<>();
  private final Map<String, Send> unacknowledged = new LinkedHashMap<>();
  private final CountDownLatch watching = new CountDownLatch(1);
  private final Thread thread;
  private volatile LinkedBlockingQueue<Map<String, Object>> incoming = new LinkedBlockingQueue<>();
  private @Nullable WebSocket socket;
  private CompletableFuture<WebSocket> written = new CompletableFuture<>();
  private String epoch = "";
  private long seq = -1;
  private long sends;
  private int connects;
  private volatile boolean stopped;

  private record Send(String clientId, String text, CompletableFuture<Long> acknowledged) {}

  /**
   * @param port where to connect, asked anew each time
   */
  public ResumingClient(IntSupplier port, String name, String token, String cid) {
    this.port = port;
    this.name = name;
    this.token = token;
    this.cid = cid;
    this.topic = "room:" + cid;
    this.thread = Thread.ofVirtual().name("client-" + name).start(this::run);
  }

  /** Waits until the room is watched for the first time. */
  public ResumingClient awaitWatching() {
    try {
      if (!watching.await(30, TimeUnit.SECONDS)) {
        throw new AssertionError(name + " did not get to watch " + cid);
      }
      return this;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Sends a message, again and again if need be. Completes with the acknowledged message's id. */
  public synchronized CompletableFuture<Long> send(String text) {
    Send send = new Send(name + "-" + ++sends, text, new CompletableFuture<>());
    unacknowledged.put(send.clientId(), send);
    write(send);
    return send.acknowledged();
  }

  /** Cuts the TCP connection. */
  public synchronized void cut() {
    if (socket != null) {
      end(socket);
    }
  }

  /** Aborting tells the listener nothing, so the end is put among the frames. */
  private void end(WebSocket connection) {
    connection.abort();
    incoming.add(Map.of("closed", 1006));
  }

  /** The ids of the messages received, in order. */
  public synchronized List<Long> messageIds() {
    return List.copyOf(messageIds);
  }

  /** What broke the promise; empty when nothing did. */
  public synchronized List<String> broken() {
    return List.copyOf(broken);
  }

  /** The last sequence number received. */
  public synchronized long seq() {
    return seq;
  }

  /** How often it has connected. */
  public synchronized int connects() {
    return connects;
  }

  @Override
  public void close() {
    stopped = true;
    cut();
    thread.interrupt();
  }

  private void run() {
    while (!stopped) {
      try {
        session();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // not reachable at present; try again
        java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  /** One connection, from connecting to its end. */
  private void session() throws InterruptedException {
    LinkedBlockingQueue<Map<String, Object>> frames = new LinkedBlockingQueue<>();
    incoming = frames;
    WebSocket connected =
        HTTP.newWebSocketBuilder()
            .connectTimeout(Duration.ofSeconds(5))
            .buildAsync(
                URI.create("ws://127.0.0.1:" + port.getAsInt() + "/ws"), new Receiver(frames))
            .join();
    Map<String, Object> connect = new LinkedHashMap<>();
    connect.put("type", "connect");
    connect.put("id", "connect");
    connect.put("token", token);
    synchronized (this) {
      connects++;
      written = CompletableFuture.completedFuture(connected);
      if (seq >= 0) {
        connect.put("resume", Map.of(topic, epoch + ":" + seq));
      }
    }
    try {
      write(connected, connect);
      while (!stopped) {
        Map<String, Object> frame = frames.take();
        if (frame.containsKey("closed")) {
          return;
        }
        received(connected, frame);
      }
    } finally {
      synchronized (this) {
        socket = null;
      }
      connected.abort();
    }
  }

  private synchronized void received(WebSocket from, Map<String, Object> frame) {
    String type = String.valueOf(frame.get("type"));
    switch (type) {
      case "connected" -> {
        if (seq < 0) {
          write(from, Map.of("type", "channel.watch", "id", "watch", "channel", cid));
        } else if (!"ok".equals(field(frame, "resumed").get(topic))) {
          broken.add("not resumed: " + frame);
        }
        if (seq >= 0) {
          ready(from);
        }
      }
      case "initialized" -> {
        String position = String.valueOf(frame.get("position"));
        epoch = position.substring(0, position.indexOf(':'));
        seq = Long.parseLong(position.substring(position.indexOf(':') + 1));
        ready(from);
        watching.countDown();
      }
      case "ok" -> {
        Send send = unacknowledged.remove(String.valueOf(frame.get("id")));
        if (send != null) {
          send.acknowledged().complete(number(field(frame, "message").get("id")));
        }
      }
      case "error" -> refused(from, frame);
      case "ping" -> write(from, Map.of("type", "pong"));
      case "reset" -> broken.add("reset: " + frame);
      default -> event(frame);
    }
  }

  private void event(Map<String, Object> frame) {
    if (!topic.equals(frame.get("topic")) || frame.get("seq") == null) {
      return;
    }
    long number = number(frame.get("seq"));
    if (!epoch.equals(frame.get("epoch")) || number != seq + 1) {
      broken.add("after " + epoch + ":" + seq + " came " + frame);
    }
    seq = number;
    if ("message.new".equals(frame.get("type"))) {
      messageIds.add(number(field(field(frame, "data"), "message").get("id")));
    }
  }

  private void refused(WebSocket from, Map<String, Object> frame) {
    Map<String, Object> error = field(frame, "error");
    if (!Boolean.TRUE.equals(error.get("retryable"))) {
      broken.add("refused: " + frame);
      return;
    }
    // Start over on a new connection, as a client does that waits retryAfterMs; order is kept.
    end(from);
  }

  private void ready(WebSocket connected) {
    socket = connected;
    List.copyOf(unacknowledged.values()).forEach(this::write);
  }

  private void write(Send send) {
    if (socket != null) {
      write(
          socket,
          Map.of(
              "type",
              "sendMessage",
              "id",
              send.clientId(),
              "channel",
              cid,
              "text",
              send.text(),
              "clientId",
              send.clientId()));
    }
  }

  /** The JDK's WebSocket takes one text at a time, so each waits for the one before. */
  private synchronized void write(WebSocket to, Map<String, Object> frame) {
    try {
      String text = new String(JSON.writeValueAsBytes(frame), StandardCharsets.UTF_8);
      written = written.handle((done, failed) -> to).thenCompose(open -> open.sendText(text, true));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> field(Map<String, Object> frame, String field) {
    return (Map<String, Object>)
        Objects.requireNonNull(frame.get(field), () -> field + " of " + frame);
  }

  private static long number(@Nullable Object value) {
    return ((Number) Objects.requireNonNull(value)).longValue();
  }

  private record Receiver(LinkedBlockingQueue<Map<String, Object>> frames, StringBuilder text)
      implements WebSocket.Listener {

    Receiver(LinkedBlockingQueue<Map<String, Object>> frames) {
      this(frames, new StringBuilder());
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        try {
          frames.add(JSON.readValue(text.toString(), OBJECT));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        text.setLength(0);
      }
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      frames.add(Map.of("closed", code));
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      frames.add(Map.of("closed", 1006));
    }
  }
}
