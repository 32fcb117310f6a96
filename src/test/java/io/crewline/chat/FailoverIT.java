package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TcpProxy;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestRedis;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The primary dies, and a real standby is promoted, with or without the last commits; or it crashes
 * and comes back. Two nodes are there, each with clients.
 */
final class FailoverIT {
  private static final String CID = "messaging:general";
  private static final String TOPIC = "room:" + CID;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Timeout(180)
  void whatIsAcknowledgedAfterwardsReachesEverybody(boolean losing, @TempDir Path folder)
      throws Exception {
    Path primaryData = folder.resolve("primary");
    Path standbyData = folder.resolve("standby");
    int primaryPort = freePort();
    int standbyPort = freePort();
    postgres(primaryData, primaryPort).close();
    copy(primaryData, standbyData);
    EmbeddedPostgres primary = postgres(primaryData, primaryPort);
    Files.createFile(standbyData.resolve("standby.signal"));
    Files.writeString(
        standbyData.resolve("postgresql.auto.conf"),
        "primary_conninfo = 'host=127.0.0.1 port=" + primaryPort + " user=postgres'\n",
        StandardOpenOption.APPEND,
        StandardOpenOption.CREATE);
    EmbeddedPostgres standby = postgres(standbyData, standbyPort);
    try (TcpProxy proxy = new TcpProxy(primaryPort);
        TestRedis redis = TestRedis.started();
        Crewline node = TestNode.start(settings(proxy.port(), redis));
        Crewline far = TestNode.start(settings(proxy.port(), redis))) {
      Person dave = Person.member(node, "dave");
      Person ada = Person.member(node, "ada");
      try (SocketClient writer = watch(node, dave);
          SocketClient reader = watch(node, ada);
          SocketClient farReader = watch(far, ada)) {
        say(writer, "kept");
        awaitReplay(primaryPort, standbyPort);
        if (losing) {
          execute(standbyPort, "ALTER SYSTEM SET primary_conninfo = ''");
          execute(standbyPort, "SELECT pg_reload_conf()");
          await()
              .atMost(Duration.ofSeconds(30))
              .until(
                  () -> "0".equals(ask(primaryPort, "SELECT count(*) FROM pg_stat_replication")));
        }
        for (int i = 0; i < 5; i++) {
          say(writer, "before " + i);
        }
        String delivered =
            position(reader.await("before", frame -> frame.toString().contains("before 4")));
        farReader.await("before", frame -> frame.toString().contains("before 4"));
        if (!losing) {
          awaitReplay(primaryPort, standbyPort);
        }

        primary.close();
        proxy.target(standbyPort);
        proxy.cut();
        execute(standbyPort, "SELECT pg_promote()");

        List<String> afterwards = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
          String text = "after " + i;
          sayUntilAcknowledged(dave, text);
          afterwards.add(text);
        }

        awaitReset(reader);
        awaitReset(farReader);
        String epoch = epochAfterwards(node, ada, delivered, afterwards);
        assertThat(epochAfterwards(far, ada, delivered, afterwards)).isEqualTo(epoch);
        try (SocketClient near = watch(node, ada);
            SocketClient away = watch(far, ada)) {
          sayUntilAcknowledged(dave, "live again");
          for (SocketClient each : List.of(near, away)) {
            assertThat(each.await("live again", frame -> frame.toString().contains("live again")))
                .containsEntry("epoch", epoch);
          }
        }
        List<String> stored =
            dave.items("/api/rooms/" + CID + "/messages?limit=100").stream()
                .map(message -> String.valueOf(message.get("text")))
                .toList();
        assertThat(stored).doesNotHaveDuplicates().containsAll(afterwards);
        assertThat(stored.contains("before 4")).isEqualTo(!losing);
      }
    } finally {
      standby.close();
      primary.close();
    }
  }

  /** The same server comes back: its timeline is the one it had, and nothing is lost. */
  @Test
  @Timeout(180)
  void aServerThatCrashesAndComesBackResetsNobody(@TempDir Path folder) throws Exception {
    Path data = folder.resolve("data");
    int port = freePort();
    EmbeddedPostgres server = postgres(data, port);
    try (TestRedis redis = TestRedis.started();
        Crewline node = TestNode.start(settings(port, redis));
        Crewline far = TestNode.start(settings(port, redis))) {
      Person dave = Person.member(node, "dave");
      Person ada = Person.member(node, "ada");
      try (SocketClient writer = watch(node, dave);
          SocketClient reader = watch(node, ada);
          SocketClient farReader = watch(far, ada)) {
        say(writer, "before");
        String delivered =
            position(reader.await("before", frame -> frame.toString().contains("before")));
        farReader.await("before", frame -> frame.toString().contains("before"));

        crash(data);
        server.close();
        server = postgres(data, port);

        sayUntilAcknowledged(dave, "after");
        for (SocketClient each : List.of(reader, farReader)) {
          Map<String, Object> event =
              each.await("after", frame -> frame.toString().contains("text=after"));
          assertThat(delivered).startsWith(event.get("epoch") + ":");
          assertThat(each.received()).noneMatch(frame -> "reset".equals(frame.get("type")));
        }
        try (SocketClient again = SocketClient.connect(far.port(), null)) {
          Map<String, Object> connected =
              again.call("connect", "token", ada.token(), "resume", Map.of(TOPIC, delivered));
          assertThat(Objects.requireNonNull(connected.get("resumed")).toString())
              .contains(TOPIC + "=ok");
          again.await("after", frame -> frame.toString().contains("text=after"));
        }
      }
    } finally {
      server.close();
    }
  }

  private static void crash(Path data) throws Exception {
    long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).getFirst());
    ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
    new ProcessBuilder("kill", "-QUIT", Long.toString(pid)).start().waitFor();
    process.onExit().get(60, TimeUnit.SECONDS);
  }

  private static Map<String, String> settings(int databasePort, TestRedis redis) {
    return Map.of(
        "DATABASE_URL",
        "postgres://postgres:postgres@127.0.0.1:" + databasePort + "/postgres",
        "REDIS_URL",
        redis.url(),
        "CREWLINE_DATABASE_TIMEOUT",
        "2s");
  }

  /** Told in words, or with the connection, for which the own topic needs a new one. */
  private static void awaitReset(SocketClient client) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                client.isClosed()
                    || client.received().stream()
                        .anyMatch(
                            frame ->
                                "reset".equals(frame.get("type"))
                                    && TOPIC.equals(frame.get("topic"))));
  }

  /** Resumes from before, is reset, and reads all afresh. Returns the new epoch. */
  private static String epochAfterwards(
      Crewline node, Person person, String delivered, List<String> afterwards) {
    try (SocketClient again = SocketClient.connect(node.port(), null)) {
      Map<String, Object> connected =
          again.call("connect", "token", person.token(), "resume", Map.of(TOPIC, delivered));
      assertThat(Objects.requireNonNull(connected.get("resumed")).toString())
          .contains(TOPIC + "=reset");
      Map<String, Object> snapshot = again.call("channel.watch", "channel", CID, "limit", 100);
      String position = String.valueOf(snapshot.get("position"));
      String epoch = position.substring(0, position.indexOf(':'));
      assertThat(delivered).doesNotStartWith(epoch + ":");
      for (String text : afterwards) {
        assertThat(snapshot.toString()).contains("text=" + text + ",");
      }
      return epoch;
    }
  }

  private static String position(Map<String, Object> event) {
    return event.get("epoch") + ":" + event.get("seq");
  }

  private static void say(SocketClient writer, String text) {
    assertThat(writer.call("sendMessage", "channel", CID, "text", text, "clientId", text))
        .containsEntry("type", "ok");
  }

  private static void sayUntilAcknowledged(Person person, String text) {
    String body = "{\"text\":\"%1$s\",\"clientId\":\"%1$s\"}".formatted(text);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> person.post("/api/rooms/" + CID + "/messages", body).status() < 300);
  }

  private static SocketClient watch(Crewline node, Person person) {
    SocketClient client = SocketClient.connect(node.port(), null);
    client.call("connect", "token", person.token());
    assertThat(client.call("channel.watch", "channel", CID)).containsEntry("type", "initialized");
    return client;
  }

  private static void awaitReplay(int primary, int standby) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                "t"
                    .equals(
                        ask(
                            standby,
                            "SELECT pg_last_wal_replay_lsn() >= '"
                                + ask(primary, "SELECT pg_current_wal_lsn()")
                                + "'::pg_lsn")));
  }

  private static String ask(int port, String sql) throws SQLException {
    try (Connection connection = connect(port);
        Statement statement = connection.createStatement();
        var found = statement.executeQuery(sql)) {
      found.next();
      return found.getString(1);
    }
  }

  private static void execute(int port, String sql) throws SQLException {
    try (Connection connection = connect(port);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static Connection connect(int port) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres", "postgres", "postgres");
  }

  private static void copy(Path from, Path to) throws IOException {
    Set<String> not = new HashSet<>(Set.of("postmaster.pid", "postmaster.opts"));
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        if (!not.contains(file.getFileName().toString())) {
          Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  private static EmbeddedPostgres postgres(Path data, int port) throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        // The embedded server's own default loses what was committed shortly before a crash.
        .setServerConfig("synchronous_commit", "on")
        .setPort(port)
        .setPGStartupWait(Duration.ofSeconds(60))
        .start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
