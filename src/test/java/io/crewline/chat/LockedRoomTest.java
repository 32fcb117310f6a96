package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody holds a lock that the sends to one room need: the rooms of the same lane go on. */
final class LockedRoomTest {
  private static final Executor THREADS = task -> Thread.ofVirtual().start(task);

  private static final String ADDRESS = TestPostgres.createDatabase();

  private static Crewline node;
  private static Person dave;
  private static Database database;

  private final CompletableFuture<Void> release = new CompletableFuture<>();

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("DATABASE_URL", ADDRESS, "CREWLINE_DATABASE_TIMEOUT", "60s"));
    dave = Person.member(node, "dave");
    database = node.context().getBean(Database.class);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String room(String id) {
    assertThat(dave.post("/api/rooms", "{\"id\":\"" + id + "\"}").status()).isEqualTo(201);
    return "messaging:" + id;
  }

  /** Rooms whose sends share the lane of a room. */
  private static List<String> neighbours(String cid, String prefix) {
    MessageService messages = node.context().getBean(MessageService.class);
    List<String> found = new ArrayList<>();
    for (int i = 0; found.size() < 3; i++) {
      String id = prefix + i;
      if (messages.lane(new Cid("messaging", id)) == messages.lane(Cid.parse("cid", cid))) {
        found.add(room(id));
      }
    }
    return found;
  }

  private static CompletableFuture<Map<String, Object>> send(
      SocketClient client, String cid, String text) {
    return client.send(Map.of("type", "sendMessage", "channel", cid, "text", text));
  }

  /** Takes a lock and keeps it until the release. */
  private void hold(String lock, String cid) {
    CompletableFuture<Void> held = new CompletableFuture<>();
    THREADS.execute(
        () ->
            database.transaction(
                () -> {
                  database.query(lock, row -> 1, cid);
                  held.complete(null);
                  release.join();
                }));
    held.join();
  }

  @ParameterizedTest
  @Timeout(60)
  @ValueSource(
      strings = {
        "SELECT cid FROM room WHERE cid = ? FOR UPDATE",
        "SELECT cid FROM room_member WHERE cid = ? FOR UPDATE",
        "SELECT name FROM topic WHERE name = 'room:' || ? FOR UPDATE"
      })
  void theOthersOfItsLaneGoOnAndItsOwnFollowInOrder(String lock) {
    String kind = lock.replaceAll(".*FROM (\\w+).*", "$1").replace('_', '-');
    String locked = room("locked-" + kind);
    List<String> others = neighbours(locked, "beside-" + kind + "-");
    hold(lock, locked);
    try (SocketClient waits = SocketClient.connect(node.port(), dave.token());
        SocketClient goesOn = SocketClient.connect(node.port(), dave.token())) {
      List<CompletableFuture<Map<String, Object>>> waiting = new ArrayList<>();
      waiting.add(send(waits, locked, "0"));
      for (String other : others) {
        for (int i = 1; i <= 5; i++) {
          waiting.add(send(waits, locked, String.valueOf(waiting.size())));
          assertThat(send(goesOn, other, "m" + i).join()).containsEntry("type", "ok");
        }
      }
      assertThat(waiting).noneMatch(CompletableFuture::isDone);
      release.complete(null);
      waiting.forEach(reply -> assertThat(reply.join()).containsEntry("type", "ok"));
      assertThat(dave.items("/api/rooms/" + locked + "/messages"))
          .extracting(message -> message.get("text"))
          .containsExactly(
              "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15");
      for (String other : others) {
        assertThat(dave.items("/api/rooms/" + other + "/messages"))
            .extracting(message -> message.get("text"))
            .containsExactly("m1", "m2", "m3", "m4", "m5");
      }
    } finally {
      release.complete(null);
    }
  }

  @Test
  @Timeout(60)
  void oneClientIsAnsweredInTheOrderOfItsCommandsAlsoWhereTheFirstHasToWait() {
    String locked = room("first");
    String other = neighbours(locked, "second-").getFirst();
    hold("SELECT cid FROM room WHERE cid = ? FOR UPDATE", locked);
    try (SocketClient client = SocketClient.connect(node.port(), dave.token())) {
      List<String> answered = new CopyOnWriteArrayList<>();
      List<CompletableFuture<?>> all = new ArrayList<>();
      for (String cid : List.of(locked, other, locked, other, other, locked)) {
        String text = String.valueOf(all.size());
        all.add(send(client, cid, text).thenRun(() -> answered.add(text)));
      }
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> dave.items("/api/rooms/" + other + "/messages").size() == 3);
      assertThat(answered).isEmpty();
      release.complete(null);
      all.forEach(CompletableFuture::join);
      assertThat(answered).containsExactly("0", "1", "2", "3", "4", "5");
      assertThat(dave.items("/api/rooms/" + locked + "/messages"))
          .extracting(message -> message.get("text"))
          .containsExactly("0", "2", "5");
    } finally {
      release.complete(null);
    }
  }

  /** Another node, whose limits are short. */
  @Test
  @Timeout(60)
  void sendsThatWaitInVainAreToBeRepeated() {
    String locked = room("in-vain");
    try (Crewline hasty =
        TestNode.start(Map.of("DATABASE_URL", ADDRESS, "CREWLINE_DATABASE_TIMEOUT", "2s"))) {
      hold("SELECT cid FROM room WHERE cid = ? FOR UPDATE", locked);
      try (SocketClient client = SocketClient.connect(hasty.port(), dave.token())) {
        List<CompletableFuture<Map<String, Object>>> waiting = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          waiting.add(send(client, locked, "vain " + i));
        }
        for (CompletableFuture<Map<String, Object>> reply : waiting) {
          assertThat(reply.join().toString()).contains("code=unavailable", "retryable=true");
        }
        release.complete(null);
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> "ok".equals(send(client, locked, "goes").join().get("type")));
        assertThat(dave.items("/api/rooms/" + locked + "/messages")).hasSize(1);
      } finally {
        release.complete(null);
      }
    }
  }
}
