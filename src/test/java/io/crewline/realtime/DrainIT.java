package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.platform.Settings;
import io.crewline.testing.Person;
import io.crewline.testing.RawSocket;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients see of a node that stops. */
@Timeout(120)
@SuppressWarnings("NullAway.Init")
final class DrainIT {
  private static final String CID = "messaging:general";

  private final String database = TestPostgres.createDatabase();
  private Crewline node;
  private Person dave;
  private Rest anonymous;

  private void start(String... settings) {
    Map<String, String> environment = new java.util.HashMap<>();
    environment.put("DATABASE_URL", database);
    for (int i = 0; i < settings.length; i += 2) {
      environment.put(settings[i], settings[i + 1]);
    }
    node = TestNode.start(environment);
    dave = Person.member(node, "dave");
    anonymous = new Rest(node);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  /** Begins to stop the node. Returns how long that took, in the end. */
  private CompletableFuture<Duration> drain() {
    long start = System.nanoTime();
    return CompletableFuture.supplyAsync(
        () -> {
          node.close();
          return Duration.ofNanos(System.nanoTime() - start);
        },
        task -> Thread.ofPlatform().name("drain").start(task));
  }

  private void awaitDraining() {
    await().until(() -> anonymous.get("/health/readiness").status() == 503);
  }

  private SocketClient watch() {
    SocketClient client = SocketClient.connect(node.port(), dave.token());
    assertThat(client.call("channel.watch", "channel", CID)).containsEntry("type", "initialized");
    return client;
  }

  @Test
  void idleClientIsToldWhenToComeBackAndKeepsNobodyWaiting() {
    start("CREWLINE_DRAIN", "60s");
    try (SocketClient client = watch()) {
      assertThat(drain().join()).isLessThan(Duration.ofSeconds(20));
      assertThat(retryAfterMs(client.await("goingAway"))).isBetween(0L, 20_000L);
      assertThat(client.awaitClose()).isEqualTo(new SocketClient.Close(1012, "server restarts"));
    }
  }

  @Test
  void drainingNodeAnswersButTakesNobodyIn() {
    start("CREWLINE_DRAIN", "8s", "CREWLINE_DRAIN_DELAY", "8s");
    RawSocket keptAlive = RawSocket.open(node.port());
    List<String> liveness = List.of("GET /health/liveness HTTP/1.1", "Host: localhost");
    assertThat(keptAlive.request(liveness).headers()).doesNotContainEntry("connection", "close");
    try (SocketClient client = watch()) {
      CompletableFuture<Duration> drained = drain();
      awaitDraining();
      assertThat(anonymous.get("/health/readiness").body()).contains("\"state\":\"draining\"");
      assertThat(anonymous.get("/health/liveness").status()).isEqualTo(200);
      RawSocket.Answer last = keptAlive.request(liveness);
      assertThat(last.status()).isEqualTo(200);
      assertThat(last.headers()).containsEntry("connection", "close");
      assertThat(keptAlive.awaitEnd()).isZero();

      RawSocket.Answer upgrade =
          RawSocket.open(node.port())
              .request(RawSocket.upgrade("Authorization: Bearer " + dave.token()));
      assertThat(upgrade.status()).isEqualTo(503);
      assertThat(upgrade.headers())
          .containsEntry("content-type", "application/problem+json")
          .containsEntry("connection", "close");
      assertThat(Integer.parseInt(upgrade.headers().getOrDefault("retry-after", "0"))).isPositive();
      assertThat(upgrade.body()).contains("\"code\":\"unavailable\"");
      RawSocket.Answer stream = RawSocket.open(node.port()).request(stream());
      assertThat(stream.status()).isEqualTo(503);
      assertThat(Integer.parseInt(stream.headers().getOrDefault("retry-after", "0"))).isPositive();

      assertThat(dave.say(CID, "over REST")).isPositive();
      assertThat(client.call("sendMessage", "channel", CID, "text", "over the socket"))
          .containsEntry("type", "ok");
      assertThat(client.isClosed()).isFalse();
      assertThat(drained).isNotDone();
      assertThat(client.received())
          .extracting(frame -> frame.get("type"))
          .doesNotContain("goingAway");
    }
  }

  @Test
  void socketsCloseSpreadOverTheDrainTime() {
    int clients = 2000;
    start("CREWLINE_DRAIN", "6s", "CREWLINE_LIMITS", "off");
    List<RawSocket> sockets =
        IntStream.range(0, clients)
            .parallel()
            .mapToObj(i -> RawSocket.upgraded(node.port(), dave.token()))
            .toList();
    Sessions sessions = node.context().getBean(Sessions.class);
    await().until(() -> sessions.all().stream().allMatch(session -> session.login() != null));
    assertThat(sessions.count()).isEqualTo(clients);
    CompletableFuture<Duration> drained = drain();
    List<Integer> counts = new ArrayList<>();
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              counts.add(sessions.count());
              return sessions.count() == 0;
            });
    assertThat(counts)
        .anyMatch(count -> count > clients / 2 && count < clients)
        .anyMatch(count -> count > 0 && count < clients / 2);
    assertThat(drained.join()).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(20));
    List<Long> retries = new ArrayList<>();
    for (RawSocket socket : sockets) {
      Map<String, Object> notice = socket.readFrame().json();
      assertThat(notice).containsEntry("type", "goingAway");
      retries.add(retryAfterMs(notice));
      assertThat(socket.awaitClose().code()).isEqualTo(1012);
      socket.close();
    }
    retries.sort(null);
    assertThat(retries.getLast() - retries.getFirst()).isGreaterThan(4_000);
    assertThat(retries.getFirst())
        .describedAs("a node that is alone has to start first")
        .isGreaterThan(1_999);
  }

  @Test
  void commandsUnderWayAreAnsweredBeforeTheGoodbye() throws Exception {
    start("CREWLINE_DRAIN", "30s");
    try (SocketClient client = watch();
        Connection blocker = holdRoom()) {
      List<CompletableFuture<Map<String, Object>>> replies = send(client, 100);
      CompletableFuture<Answer> rest =
          CompletableFuture.supplyAsync(
              () -> dave.post("/api/rooms/" + CID + "/messages", "{\"text\":\"rest\"}"));
      awaitWaitingForLock();
      CompletableFuture<Duration> drained = drain();
      awaitDraining();
      assertThat(client.isClosed()).isFalse();
      blocker.rollback();
      assertThat(replies)
          .allSatisfy(
              reply -> assertThat(reply.get(20, TimeUnit.SECONDS)).containsEntry("type", "ok"));
      Answer posted = rest.get(20, TimeUnit.SECONDS);
      assertThat(posted.status()).isEqualTo(201);
      client.await("goingAway");
      assertThat(client.awaitClose().code()).isEqualTo(1012);
      drained.get(20, TimeUnit.SECONDS);
    }
    start();
    assertThat(messages()).hasSize(101);
  }

  @Test
  void sendThatCannotCommitIsGivenBackToItsClientAtTheEndOfTheDrainTime() throws Exception {
    start("CREWLINE_DRAIN", "2s");
    try (SocketClient client = watch();
        Connection blocker = holdRoom()) {
      List<CompletableFuture<Map<String, Object>>> replies = send(client, 100);
      awaitWaitingForLock();
      Duration took = drain().join();
      assertThat(took).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(20));
      client.await("goingAway");
      assertThat(client.awaitClose().code()).isEqualTo(1012);
      assertThat(replies).allMatch(CompletableFuture::isCompletedExceptionally);
      blocker.rollback();
    }
    start();
    try (SocketClient client = watch()) {
      assertThat(send(client, 100))
          .allSatisfy(
              reply -> assertThat(reply.get(20, TimeUnit.SECONDS)).containsEntry("type", "ok"));
    }
    assertThat(messages()).hasSize(100);
  }

  @Test
  void clientThatReadsSlowlyIsToldBeforeItsSocketCloses() {
    start("CREWLINE_DRAIN", "30s");
    RawSocket slow = unread();
    CompletableFuture<Duration> drained = drain();
    String last = "";
    for (RawSocket.Frame frame = slow.readFrame();
        frame.first() != RawSocket.CLOSE;
        frame = slow.readFrame()) {
      last = frame.text();
    }
    assertThat(SocketClient.parse(last)).containsEntry("type", "goingAway");
    slow.goodbye(1012, "");
    assertThat(slow.awaitEnd()).isZero();
    assertThat(drained.join()).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void clientThatNeverReadsHoldsUpNobody() {
    start("CREWLINE_DRAIN", "60s");
    RawSocket frozen = unread();
    try (SocketClient client = watch()) {
      assertThat(drain().join()).isLessThan(Duration.ofSeconds(30));
      client.await("goingAway");
      assertThat(client.awaitClose().code()).isEqualTo(1012);
    }
    frozen.close();
  }

  @Test
  void streamEndsWithTheTimeToComeBack() {
    start("CREWLINE_DRAIN", "30s");
    dave.post("/api/rooms", "{\"id\":\"general\"}");
    RawSocket stream = RawSocket.open(node.port());
    stream.send(
        (String.join("\r\n", stream()) + "\r\n\r\n")
            .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    Sessions sessions = node.context().getBean(Sessions.class);
    await().until(() -> sessions.count() == 1);
    CompletableFuture<Duration> drained = drain();
    String body = stream.readAll();
    assertThat(body)
        .containsPattern(
            "retry: (\\d+)\n"
                + "event: goingAway\n"
                + "data: \\{\"type\":\"goingAway\",\"retryAfterMs\":\\1}\n\n")
        .containsPattern("event: close\ndata: \\{\"code\":1012,\"reason\":\"server restarts\"}\n\n")
        .endsWith("0\r\n\r\n");
    assertThat(drained.join()).isLessThan(Duration.ofSeconds(20));
  }

  /** A watching client that does not read and for which much waits. */
  private RawSocket unread() {
    RawSocket raw = RawSocket.upgraded(node.port(), dave.token());
    raw.text("{\"id\":1,\"type\":\"channel.watch\",\"channel\":\"" + CID + "\"}");
    while (!"initialized".equals(raw.readFrame().json().get("type"))) {
      // events of the own topic come in between
    }
    Session session = node.context().getBean(Sessions.class).all().iterator().next();
    String text = "x".repeat(15_000);
    for (int i = 0; session.transport().isWritable(); i++) {
      assertThat(i).describedAs("messages that a client took without reading").isLessThan(5_000);
      dave.say(CID, text);
    }
    return raw;
  }

  private List<String> stream() {
    return List.of(
        "GET /api/events?topic=room:" + CID + " HTTP/1.1",
        "Host: localhost",
        "Accept: text/event-stream",
        "Authorization: Bearer " + dave.token());
  }

  private static List<CompletableFuture<Map<String, Object>>> send(SocketClient client, int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                client.send(
                    Map.of(
                        "type",
                        "sendMessage",
                        "channel",
                        CID,
                        "text",
                        "m" + i,
                        "clientId",
                        "c" + i)))
        .toList();
  }

  private List<Map<String, Object>> messages() {
    return Person.member(node, "dave").items("/api/rooms/" + CID + "/messages?limit=200");
  }

  /** Holds the lock that every send to the room needs. */
  private Connection holdRoom() throws SQLException {
    Connection connection = connect();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT 1 FROM room WHERE cid = '" + CID + "' FOR UPDATE");
    }
    return connection;
  }

  private void awaitWaitingForLock() {
    await()
        .until(
            () -> {
              try (Connection connection = connect();
                  Statement statement = connection.createStatement();
                  java.sql.ResultSet result =
                      statement.executeQuery(
                          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND"
                              + " wait_event_type = 'Lock'")) {
                return result.next();
              }
            });
  }

  private Connection connect() throws SQLException {
    Settings.DatabaseAddress address = Objects.requireNonNull(node.settings().database());
    return DriverManager.getConnection(address.jdbcUrl(), address.username(), address.password());
  }

  private static long retryAfterMs(Map<String, Object> notice) {
    return ((Number) Objects.requireNonNull(notice.get("retryAfterMs"))).longValue();
  }
}
