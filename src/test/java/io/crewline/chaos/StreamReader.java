package io.crewline.chaos;

import io.crewline.chaos.Verdict.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Reads one topic as server-sent events and resumes with {@code Last-Event-ID}. */
final class StreamReader extends Client {
  private final String token;
  private final String topic;
  private final ReaderLog log;
  private volatile @Nullable InputStream body;
  private volatile long lastLine = System.currentTimeMillis();
  private int connection = -1;
  private long retryAfterMs;

  StreamReader(
      String name, String token, String topic, ReaderLog log, World world, RandomGenerator random) {
    super(name, world, random);
    this.token = token;
    this.topic = topic;
    this.log = log;
    // Its reads block: another thread notices when nothing comes.
    Thread.ofVirtual().name(name + "-watch").start(this::watch);
  }

  ReaderLog log() {
    return log;
  }

  boolean watches() {
    return log.of(topic) != null;
  }

  @Override
  void cut() {
    InputStream open = body;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // it is gone already
      }
    }
  }

  private void watch() {
    while (!isStopped()) {
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        return;
      }
      if (System.currentTimeMillis() - lastLine > SILENCE_MS && body != null) {
        world.connections().note(name, "hears nothing and leaves");
        cut();
      }
    }
  }

  @Override
  long session(int node) throws InterruptedException {
    retryAfterMs = 50;
    Received received = log.of(topic);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:"
                        + world.cluster().port(node)
                        + "/api/events?topic="
                        + topic))
            .header("Authorization", "Bearer " + token)
            .header("Accept", "text/event-stream")
            .timeout(Duration.ofSeconds(4));
    if (received != null) {
      request.header("Last-Event-ID", received.position());
    }
    try {
      HttpResponse<InputStream> response =
          Link.HTTP.send(request.build(), BodyHandlers.ofInputStream());
      try (InputStream open = response.body()) {
        if (response.statusCode() == 200) {
          connection = world.connections().add(name, node);
          lastLine = System.currentTimeMillis();
          body = open;
          read(new BufferedReader(new InputStreamReader(open, StandardCharsets.UTF_8)));
        } else if (response.statusCode() != 503) {
          problem("was answered " + response.statusCode());
        }
      }
    } catch (IOException e) {
      // cut, killed or not there: come back
    } finally {
      body = null;
    }
    world.connections().note(name, "left node " + node);
    return retryAfterMs;
  }

  private void read(BufferedReader lines) throws IOException {
    String id = "";
    String event = "";
    String data = "";
    boolean hasty = isHasty();
    int framesLeft = random.nextInt(8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      lastLine = System.currentTimeMillis();
      if (line.startsWith("id: ")) {
        id = line.substring(4);
      } else if (line.startsWith("event: ")) {
        event = line.substring(7);
      } else if (line.startsWith("data: ")) {
        data = line.substring(6);
      } else if (line.isEmpty()) {
        if (!block(id, event, data) || hasty && framesLeft-- == 0) {
          return;
        }
        id = "";
        event = "";
        data = "";
      }
    }
  }

  /** Returns false when the stream is over. */
  private boolean block(String id, String event, String data) {
    Received received = log.of(topic);
    if (data.isEmpty()) {
      if (!id.isEmpty() && received == null) {
        begin(id);
      }
      return true;
    }
    switch (event) {
      case "close" -> {
        return false;
      }
      case "goingAway" -> retryAfterMs = Link.number(Link.parse(data).get("retryAfterMs"));
      case "removed" -> problem("removed: " + data);
      case "reset" -> {
        world
            .problems()
            .accept(
                Kind.RESET,
                name + " at " + Objects.requireNonNull(received).position() + ": " + data);
        log.end(topic);
        if (id.isEmpty()) {
          return false;
        }
        begin(id);
      }
      default -> {
        Map<String, Object> frame = Link.parse(data);
        if (!id.equals(frame.get("epoch") + ":" + frame.get("seq"))) {
          problem("got the id " + id + " with " + data);
        }
        if (!log.add(frame, connection)) {
          problem("got an event without a position: " + data);
        }
      }
    }
    return true;
  }

  private void begin(String position) {
    int colon = position.indexOf(':');
    log.begin(
        new Received(
            name,
            topic,
            position.substring(0, colon),
            Long.parseLong(position.substring(colon + 1))));
  }
}
