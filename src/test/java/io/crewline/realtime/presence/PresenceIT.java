package io.crewline.realtime.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.realtime.Broadcaster;
import io.crewline.testing.NodeProcess;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import io.crewline.testing.TestRedis;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is online and who types, across nodes that come and go. */
@Timeout(180)
final class PresenceIT {
  private static final String CID = "messaging:general";

  private final TestRedis redis = TestRedis.stopped();
  private final Map<String, String> settings = new HashMap<>();

  PresenceIT() {
    settings.put("DATABASE_URL", TestPostgres.createDatabase());
    settings.put("CREWLINE_DATABASE_POOL", "6");
  }

  @AfterEach
  void stop() {
    redis.close();
  }

  private Crewline nodeWithRedis() {
    redis.start();
    settings.put("REDIS_URL", redis.url());
    Crewline node = TestNode.start(settings);
    Broadcaster broadcaster = node.context().getBean(Broadcaster.class);
    await().until(broadcaster::isConnected);
    return node;
  }

  private static SocketClient watch(int port, Person person) {
    SocketClient client = SocketClient.connect(port, null);
    client.call("connect", "token", person.token());
    assertThat(client.call("channel.watch", "channel", CID)).containsEntry("type", "initialized");
    return client;
  }

  private static SocketClient connect(int port, Person person) {
    SocketClient client = SocketClient.connect(port, null);
    assertThat(client.call("connect", "token", person.token())).containsEntry("type", "connected");
    return client;
  }

  private static boolean isChange(Map<String, Object> frame, String user, boolean online) {
    return ("user:" + user).equals(frame.get("topic"))
        && frame.toString().contains("online=" + online);
  }

  private static void awaitChange(SocketClient client, String user, boolean online) {
    client.await(user + " " + online, frame -> isChange(frame, user, online));
  }

  private static Map<String, Object> online(SocketClient client) {
    Map<String, Object> reply = client.call("presence", "users", List.of("ada", "dave"));
    return Map.of("online", String.valueOf(reply.get("online")));
  }

  @Test
  void twoNodesWithRedisSeeEachOthersTypingAndPresence() {
    try (Crewline a = nodeWithRedis();
        Crewline b = nodeWithRedis()) {
      Person ada = Person.member(a, "ada");
      Person dave = Person.member(a, "dave");
      try (SocketClient watcher = watch(a.port(), ada)) {
        try (SocketClient member = watch(b.port(), dave)) {
          awaitChange(watcher, "dave", true);
        }
        awaitChange(watcher, "dave", false);
        long began = System.nanoTime();
        try (SocketClient typist = connect(b.port(), dave)) {
          awaitChange(watcher, "dave", true);
          assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began))
              .as("faster than a comparison in the database")
              .isLessThan(900);
          typist.call("typing.start", "channel", CID);
          watcher.await("typing.start");
          typist.call("typing.stop", "channel", CID);
          watcher.await("typing.stop");
          typist.call("typing.start", "channel", CID);
          watcher.await("typing.start");
        }
        watcher.await("typing.stop");
        awaitChange(watcher, "dave", false);
      }
    }
  }

  @Test
  void aUserWhoMovesToAnotherNodeOrIsOnTwoIsNeverAway() {
    try (Crewline a = nodeWithRedis();
        Crewline b = nodeWithRedis()) {
      Person ada = Person.member(a, "ada");
      Person dave = Person.member(a, "dave");
      try (SocketClient watcher = watch(a.port(), ada)) {
        SocketClient onB = watch(b.port(), dave);
        awaitChange(watcher, "dave", true);
        SocketClient onA = connect(a.port(), dave);
        b.close();
        assertThat(onB.awaitClose().code()).isEqualTo(1012);
        onA.close();
        awaitChange(watcher, "dave", false);
        assertThat(watcher.received()).noneMatch(frame -> isChange(frame, "dave", true));
      }
    }
  }

  @Test
  void withoutRedisPresenceIsRightWithinSeconds() {
    try (Crewline a = TestNode.start(settings);
        Crewline b = TestNode.start(settings)) {
      Person ada = Person.member(a, "ada");
      Person dave = Person.member(a, "dave");
      try (SocketClient watcher = watch(a.port(), ada)) {
        SocketClient other = watch(b.port(), dave);
        awaitChange(watcher, "dave", true);
        await()
            .untilAsserted(() -> assertThat(online(other)).containsEntry("online", "[ada, dave]"));
        other.close();
        awaitChange(watcher, "dave", false);
      }
    }
  }

  @Test
  void aNodeThatWasTakenForDeadRegistersAgainAndNobodyNotices() {
    try (Crewline a = TestNode.start(settings);
        Crewline b = TestNode.start(settings)) {
      Person ada = Person.member(a, "ada");
      Person dave = Person.member(a, "dave");
      Database database = a.context().getBean(Database.class);
      try (SocketClient watcher = watch(a.port(), ada);
          SocketClient other = watch(b.port(), dave)) {
        awaitChange(watcher, "dave", true);
        // As after a crash of the database, which empties unlogged tables.
        database.transaction(() -> database.update("DELETE FROM presence_node"));
        await()
            .untilAsserted(
                () ->
                    assertThat(
                            database.transaction(
                                () ->
                                    database.query(
                                        "SELECT username FROM presence ORDER BY username",
                                        row -> row.getString(1))))
                        .containsExactly("ada", "dave"));
        Person kim = Person.member(a, "kim");
        try (SocketClient third = watch(b.port(), kim)) {
          awaitChange(watcher, "kim", true);
        }
        awaitChange(watcher, "kim", false);
        assertThat(watcher.received()).noneMatch(frame -> isChange(frame, "dave", false));
        assertThat(online(other)).containsEntry("online", "[ada, dave]");
      }
    }
  }

  @Test
  void usersOfAKilledNodeGoOfflineByTheLeaseAndTypeNoMore() {
    try (Crewline a = nodeWithRedis()) {
      Person ada = Person.member(a, "ada");
      Person dave = Person.member(a, "dave");
      settings.put("CREWLINE_SECRET_KEY", TestNode.SECRET);
      NodeProcess b = NodeProcess.start(settings);
      try (b;
          SocketClient watcher = watch(a.port(), ada)) {
        SocketClient typist = watch(b.awaitPort(), dave);
        awaitChange(watcher, "dave", true);
        // Until Redis has told it too, the typing of a new node would be lost, as it may be.
        await()
            .until(
                () -> {
                  typist.call("typing.start", "channel", CID);
                  return watcher.received().stream()
                      .anyMatch(frame -> "typing.start".equals(frame.get("type")));
                });
        long killed = System.nanoTime();
        b.kill();
        watcher.await("typing.stop");
        await()
            .atMost(Duration.ofSeconds(25))
            .until(
                () ->
                    watcher.received().stream().anyMatch(frame -> isChange(frame, "dave", false)));
        assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(20));
        assertThat(online(watcher)).containsEntry("online", "[ada]");
      }
    }
  }
}
