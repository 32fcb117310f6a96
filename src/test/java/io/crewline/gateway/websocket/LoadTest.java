package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.account.AccessTokens;
import io.crewline.journal.Topic;
import io.crewline.realtime.Session;
import io.crewline.realtime.Sessions;
import io.crewline.testing.Events;
import io.crewline.testing.RawSocket;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that send much, or read little. */
final class LoadTest {
  private static Crewline node;
  private static String token;
  private static Sessions sessions;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_LIMITS", "off"));
    token = node.context().getBean(AccessTokens.class).issue("admin");
    sessions = node.context().getBean(Sessions.class);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static byte[] command(int id) {
    return RawSocket.masked(
        RawSocket.TEXT,
        ("{\"id\":" + id + ",\"type\":\"refresh\",\"token\":\"x\"}")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static Session session() {
    return sessions.all().iterator().next();
  }

  private static void awaitNoSessions() {
    await().untilAsserted(() -> assertThat(sessions.count()).isZero());
  }

  @Test
  void repliesOfOneClientComeInTheOrderOfItsCommands() {
    try (RawSocket raw = RawSocket.upgraded(node.port(), token)) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int i = 0; i < 1000; i++) {
        all.writeBytes(command(i));
      }
      raw.send(all.toByteArray());
      List<Object> ids = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        ids.add(raw.readFrame().json().get("id"));
      }
      assertThat(ids).isSorted().hasSize(1000).doesNotHaveDuplicates();
    }
    awaitNoSessions();
  }

  @Test
  void commandsWithoutReadingRepliesStopBeingReadAndDisturbNobody() throws Exception {
    try (RawSocket flood = RawSocket.upgraded(node.port(), token)) {
      await().until(() -> sessions.count() == 1);
      Session flooding = session();
      AtomicBoolean done = new AtomicBoolean();
      Thread sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 0; i < 10_000; i++) {
                      flood.sendIfOpen(command(i));
                    }
                    done.set(true);
                  });
      AtomicLong most = new AtomicLong();
      try (SocketClient other = SocketClient.connect(node.port(), token)) {
        other.call("connect");
        for (int i = 0; i < 200; i++) {
          assertThat(other.call("nothing")).containsEntry("type", "error");
          most.accumulateAndGet(
              ((WebSocketTransport) flooding.transport()).waitingBytes(), Math::max);
        }
      }
      assertThat(most.get()).isLessThan(1024 * 1024);
      for (int i = 0; i < 10_000; i++) {
        assertThat(flood.readFrame().json()).containsEntry("id", i);
      }
      sender.join();
      assertThat(done).isTrue();
    }
    awaitNoSessions();
  }

  @Test
  void eventsForAClientThatDoesNotReadWaitInTheJournal() {
    Events events = new Events(node);
    Topic own = Topic.user("admin");
    String text = "x".repeat(30_000);
    int count = 1000;
    try (RawSocket slow = RawSocket.upgraded(node.port(), token)) {
      slow.text("{\"id\":1,\"type\":\"connect\"}");
      assertThat(slow.readFrame().json()).containsEntry("type", "connected");
      WebSocketTransport transport = (WebSocketTransport) session().transport();
      for (int n = 0; n < count; n += 50) {
        events.commit(own, n, 50, text);
        assertThat(transport.waitingBytes()).isLessThan(512 * 1024);
      }
      await().until(() -> !transport.isWritable());
      assertThat(transport.waitingBytes()).isLessThan(512 * 1024);
      for (int n = 0; n < count; n++) {
        Map<String, Object> event = slow.readFrame().json();
        if ("ping".equals(event.get("type"))) {
          n--;
          continue;
        }
        assertThat(event).containsEntry("seq", n + 1).containsEntry("type", "noted");
      }
      await().atMost(Duration.ofSeconds(5)).until(transport::isWritable);
      events.commit(own, count, 1, "live again");
      assertThat(slow.readFrame().text()).contains("live again");
    }
    awaitNoSessions();
  }
}
