package io.crewline.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.micronaut.context.event.ApplicationEventListener;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A lane whose commit never comes back takes the node out, by name, until it goes on. */
@Timeout(60)
final class StalledLaneTest {
  private static final Executor THREADS = task -> Thread.ofVirtual().start(task);
  private static final Duration LONGER = Duration.ofMinutes(10);
  private static final Duration MOMENT = Duration.ofMillis(1);
  private static Crewline node;
  private static Watchdog watchdog;
  private static Person boss;

  private final CompletableFuture<Void> go = new CompletableFuture<>();

  /** Stops the transactions in which a topic has an event. */
  @Singleton
  static final class Barrier implements ApplicationEventListener<DomainEvent> {
    private record Closed(
        Topic topic, CompletableFuture<Void> reached, CompletableFuture<Void> go) {}

    private volatile Closed closed = open();

    private static Closed open() {
      return new Closed(
          Topic.room("messaging:none"), new CompletableFuture<>(), new CompletableFuture<>());
    }

    @Override
    public void onApplicationEvent(DomainEvent event) {
      Closed now = closed;
      if (event.topic().equals(now.topic())) {
        now.reached().complete(null);
        now.go().join();
      }
    }

    CompletableFuture<Void> close(Topic topic, CompletableFuture<Void> go) {
      closed = new Closed(topic, new CompletableFuture<>(), go);
      return closed.reached();
    }
  }

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_DATABASE_TIMEOUT", "60s"));
    watchdog = node.context().getBean(Watchdog.class);
    boss = Person.manager(node, "boss");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void letGo() {
    go.complete(null);
  }

  private CompletableFuture<Void> stopAt(Topic topic) {
    return node.context().getBean(Barrier.class).close(topic, go);
  }

  private static Topic room(String id) {
    assertThat(boss.post("/api/rooms", "{\"id\":\"" + id + "\"}").status()).isEqualTo(201);
    return Topic.room("messaging:" + id);
  }

  private static CompletableFuture<Map<String, Object>> send(SocketClient client, Topic room) {
    return client.send(
        Map.of("type", "sendMessage", "channel", room.name().substring(5), "text", "text"));
  }

  /** Time passes in which the loop stands still; then it may go on. */
  private void standsStillAndGoesOn(String loop) {
    Rest rest = new Rest(node);
    watchdog.check(LONGER);
    watchdog.check(LONGER);
    assertThat(watchdog.stalled()).contains(loop);
    Rest.Answer readiness = rest.get("/health/readiness");
    assertThat(readiness.status()).isEqualTo(503);
    assertThat(readiness.body()).contains("\"" + loop + "\"");

    go.complete(null);

    // The other loops of the node have missed the time that was made up here, too.
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              watchdog.check(MOMENT);
              assertThat(watchdog.stalled()).isEmpty();
            });
    assertThat(rest.get("/health/readiness").status()).isEqualTo(200);
  }

  @Test
  void aLaneOfMessages() {
    Topic room = room("stalled");
    CompletableFuture<Void> reached = stopAt(room);
    try (SocketClient client = SocketClient.connect(node.port(), boss.token())) {
      CompletableFuture<Map<String, Object>> sent = send(client, room);
      reached.join();

      standsStillAndGoesOn("message lane");

      assertThat(sent.join()).containsEntry("type", "ok");
    }
  }

  @Test
  void sendsThatHaveWaitedForALockOnTheirOwn() {
    Topic room = room("detour");
    CompletableFuture<Void> held = new CompletableFuture<>();
    CompletableFuture<Void> unlock = new CompletableFuture<>();
    Database database = node.context().getBean(Database.class);
    THREADS.execute(
        () ->
            database.transaction(
                () -> {
                  database.query(
                      "SELECT name FROM topic WHERE name = ? FOR UPDATE", row -> 1, room.name());
                  held.complete(null);
                  unlock.join();
                }));
    held.join();
    CompletableFuture<Void> reached = stopAt(room);
    try (SocketClient client = SocketClient.connect(node.port(), boss.token())) {
      CompletableFuture<Map<String, Object>> sent = send(client, room);
      await().untilAsserted(() -> assertThat(watchdog.watched()).contains("message detour"));
      unlock.complete(null);
      reached.join();

      standsStillAndGoesOn("message detour");

      assertThat(sent.join()).containsEntry("type", "ok");
      await().untilAsserted(() -> assertThat(watchdog.loops()).doesNotContain("message detour"));
    } finally {
      unlock.complete(null);
    }
  }

  @Test
  void theLaneOfTasks() {
    CompletableFuture<Void> reached = stopAt(Topic.TASKS);
    CompletableFuture<Rest.Answer> created =
        CompletableFuture.supplyAsync(
            () -> boss.post("/api/tasks", "{\"title\":\"stalled\"}"), THREADS);
    reached.join();

    standsStillAndGoesOn("task lane");

    assertThat(created.join().status()).isEqualTo(201);
  }
}
