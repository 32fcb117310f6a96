package io.crewline.gateway.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.account.AccessTokens;
import io.crewline.journal.Journal;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.realtime.CloseReason;
import io.crewline.realtime.Notice;
import io.crewline.realtime.Sessions;
import io.crewline.realtime.TopicHub;
import io.crewline.testing.Events;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class EventStreamTest {
  private static final Topic OWN = Topic.user("dave");

  private static Crewline node;
  private static Events events;
  private static Journal journal;
  private static Sessions sessions;
  private static Person dave;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_PING_INTERVAL", "500ms"));
    events = new Events(node);
    journal = node.context().getBean(Journal.class);
    sessions = node.context().getBean(Sessions.class);
    dave = Person.member(node, "dave");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void everySessionHasEnded() {
    await().untilAsserted(() -> assertThat(sessions.count()).isZero());
  }

  /** A client that reads blocks; the fields of a block by name, a comment under the empty name. */
  private static final class Stream implements AutoCloseable {
    final Socket socket;
    final BufferedReader in;
    final Map<String, String> headers = new LinkedHashMap<>();
    final String status;

    Stream(Crewline node, String token, String query, String... more) {
      try {
        socket = new Socket("127.0.0.1", node.port());
        socket.setSoTimeout(15_000);
        List<String> lines =
            new ArrayList<>(
                List.of(
                    "GET /api/events?" + query + " HTTP/1.1",
                    "Host: localhost",
                    "Accept: text/event-stream",
                    "Authorization: Bearer " + token));
        lines.addAll(List.of(more));
        socket
            .getOutputStream()
            .write((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
        InputStream raw = socket.getInputStream();
        in = new BufferedReader(new InputStreamReader(raw, StandardCharsets.UTF_8));
        status = in.readLine();
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
          int colon = line.indexOf(':');
          headers.put(line.substring(0, colon).toLowerCase(), line.substring(colon + 1).strip());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The next block, or null at the end. Lines of the chunked coding are skipped. */
    @Nullable Map<String, String> block() {
      try {
        Map<String, String> fields = new LinkedHashMap<>();
        while (true) {
          String line = in.readLine();
          if (line == null || line.equals("0")) {
            return null;
          }
          if (line.isEmpty()) {
            if (!fields.isEmpty()) {
              return fields;
            }
          } else if (!line.matches("[0-9a-f]{1,6}")) {
            int colon = line.indexOf(": ");
            fields.put(line.substring(0, colon), line.substring(colon + 2));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The next block that is no comment. */
    Map<String, String> next() {
      Map<String, String> block = block();
      while (block != null && block.containsKey("")) {
        block = block();
      }
      if (block == null) {
        throw new AssertionError("the stream has ended");
      }
      return block;
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static Stream open(String query, String... headers) {
    return new Stream(node, dave.token(), query, headers);
  }

  @Test
  void beginsAtTheNewestEventAndGoesOnLive() {
    events.commit(OWN, 1, 3, "before");
    Position head = journal.head(OWN);
    try (Stream stream = open("topic=user:dave")) {
      assertThat(stream.status).isEqualTo("HTTP/1.1 200 OK");
      assertThat(stream.headers)
          .containsEntry("content-type", "text/event-stream")
          .containsEntry("cache-control", "no-store")
          .containsEntry("x-accel-buffering", "no");
      assertThat(stream.next()).containsEntry("id", head.toString()).containsKey("retry");
      events.commit(OWN, 4, 2, "Grüße\n😀");
      Map<String, String> event = stream.next();
      assertThat(event)
          .containsEntry("id", head.epoch() + ":" + (head.seq() + 1))
          .containsEntry("event", "noted");
      Map<String, Object> data = SocketClient.parse(String.valueOf(event.get("data")));
      assertThat(data)
          .containsOnlyKeys("type", "topic", "seq", "epoch", "at", "data")
          .containsEntry("data", Map.of("n", 4, "text", "Grüße\n😀"));
      assertThat(stream.next()).containsEntry("id", head.epoch() + ":" + (head.seq() + 2));
    }
  }

  @Test
  void lastEventIdResumesAndGoesBeforeAfter() {
    events.commit(OWN, 1, 5, "x");
    Position head = journal.head(OWN);
    Position seen = new Position(head.epoch(), head.seq() - 3);
    try (Stream resumed = open("topic=user:dave&after=" + head, "Last-Event-ID: " + seen);
        Stream after = open("topic=user:dave&after=" + seen)) {
      for (Stream stream : List.of(resumed, after)) {
        assertThat(stream.next()).containsEntry("id", seen.toString());
        for (long seq = seen.seq() + 1; seq <= head.seq(); seq++) {
          assertThat(stream.next()).containsEntry("id", head.epoch() + ":" + seq);
        }
      }
    }
  }

  @Test
  void positionThatNoLongerFitsIsToldAndTheStreamGoesOnFromTheNewest() {
    events.commit(OWN, 1, 1, "x");
    Position head = journal.head(OWN);
    try (Stream stream = open("topic=user:dave", "Last-Event-ID: otherepoch:7")) {
      assertThat(stream.next()).containsEntry("id", head.toString());
      assertThat(stream.next())
          .containsEntry("event", "reset")
          .containsEntry("id", head.toString());
      events.commit(OWN, 2, 1, "y");
      assertThat(stream.next()).containsEntry("id", head.epoch() + ":" + (head.seq() + 1));
    }
  }

  @Test
  void commentsAreTheHeartbeatAndKeepTheStreamOpen() {
    try (Stream stream = open("topic=user:dave")) {
      for (int i = 0; i < 6; i++) {
        Map<String, String> block = stream.block();
        assertThat(block).isNotNull();
      }
      assertThat(sessions.count()).isOne();
    }
  }

  @Test
  void lostAccessEndsTheStream() {
    try (Stream stream = open("topic=user:dave")) {
      stream.next();
      node.context().getBean(TopicHub.class).revoke(OWN, session -> true, Notice.removed(OWN));
      assertThat(stream.next())
          .containsEntry("event", "removed")
          .containsEntry("data", "{\"type\":\"removed\",\"topic\":\"user:dave\"}");
      assertThat(stream.block()).isNull();
    }
  }

  private static void assertResetAt(Stream stream, Position position) {
    assertThat(stream.next())
        .containsEntry("event", "reset")
        .containsEntry("id", position.toString())
        .containsEntry("data", "{\"type\":\"reset\",\"topic\":\"tasks\"}");
    assertThat(stream.block()).as("what is seen from here on is another thing").isNull();
  }

  @Test
  void aChangeOfSightResetsALiveStreamAndEndsIt() {
    journal.open(Topic.TASKS);
    try (Stream stream = open("topic=tasks")) {
      Position from = Position.parse("id", stream.next().get("id"));
      events.commit(Topic.TASKS, 1, 1, "seen before");
      events.changeSight(Topic.TASKS, "dave");
      events.commit(Topic.TASKS, 2, 1, "seen in another way");

      assertThat(stream.next()).containsEntry("id", from.epoch() + ":" + (from.seq() + 1));
      assertResetAt(stream, new Position(from.epoch(), from.seq() + 2));
    }
  }

  @Test
  void aChangeOfSightThatWasMissedResetsAResumedStream() {
    Position from = journal.open(Topic.TASKS).head();
    events.commit(Topic.TASKS, 1, 1, "seen before");
    events.changeSight(Topic.TASKS, "dave");
    events.commit(Topic.TASKS, 2, 1, "seen in another way");

    try (Stream stream = open("topic=tasks", "Last-Event-ID: " + from)) {
      assertThat(stream.next()).containsEntry("id", from.toString());
      assertThat(stream.next()).containsEntry("id", from.epoch() + ":" + (from.seq() + 1));
      assertResetAt(stream, new Position(from.epoch(), from.seq() + 2));
    }
  }

  @Test
  void anotherRoleResetsTheStreamOfTasksAndEndsIt() {
    Person lin = Person.member(node, "lin");
    Position head = journal.open(Topic.TASKS).head();
    try (Stream stream = new Stream(node, lin.token(), "topic=tasks")) {
      assertThat(stream.next()).containsEntry("id", head.toString());
      assertThat(
              Person.admin(node).call("PATCH", "/api/users/lin", "{\"role\":\"manager\"}").status())
          .isEqualTo(200);
      // The new role is seen before the event that records what changes with it, or with that.
      Map<String, String> reset = stream.next();
      assertThat(reset).containsEntry("event", "reset");
      assertThat(Position.parse("id", reset.get("id")))
          .isIn(head, new Position(head.epoch(), head.seq() + 1));
      assertThat(stream.block()).isNull();
    }
  }

  @Test
  void closedSessionIsToldWhy() {
    try (Stream stream = open("topic=user:dave")) {
      stream.next();
      sessions.all().forEach(session -> session.close(CloseReason.FORBIDDEN));
      assertThat(stream.next())
          .containsEntry("event", "close")
          .containsEntry("data", "{\"code\":4403,\"reason\":\"not allowed\"}");
      assertThat(stream.block()).isNull();
    }
  }

  @Test
  void streamEndsWithItsToken() {
    try (Crewline brief = TestNode.start(Map.of("CREWLINE_ACCESS_TOKEN_TTL", "2s"))) {
      String token = brief.context().getBean(AccessTokens.class).issue("admin");
      try (Stream stream = new Stream(brief, token, "topic=user:admin")) {
        stream.next();
        assertThat(stream.next()).containsEntry("event", "tokenExpiring");
        assertThat(stream.next()).containsEntry("event", "close");
        assertThat(stream.block()).isNull();
      }
    }
  }

  @Test
  void cutConnectionEndsTheSession() {
    Stream stream = open("topic=user:dave");
    stream.next();
    assertThat(sessions.count()).isOne();
    stream.close();
    await().untilAsserted(() -> assertThat(sessions.count()).isZero());
  }

  @Test
  void clientThatReadsSlowlyGetsEverythingInOrder() {
    String text = "x".repeat(30_000);
    try (Stream stream = open("topic=user:dave")) {
      Position from = Position.parse("id", stream.next().get("id"));
      for (int n = 0; n < 600; n += 50) {
        events.commit(OWN, n, 50, text);
      }
      await().until(() -> sessions.all().stream().noneMatch(s -> s.transport().isWritable()));
      for (long seq = from.seq() + 1; seq <= from.seq() + 600; seq++) {
        assertThat(stream.next()).containsEntry("id", from.epoch() + ":" + seq);
      }
    }
  }

  @Test
  void whatMayNotBeWatchedIsNotFound() {
    try (Stream stream = open("topic=user:admin")) {
      assertThat(stream.status).startsWith("HTTP/1.1 404");
      assertThat(stream.headers).containsEntry("content-type", "application/problem+json");
    }
    try (Stream stream = open("topic=user:dave", "Last-Event-ID: nonsense")) {
      assertThat(stream.status).startsWith("HTTP/1.1 400");
    }
  }
}
