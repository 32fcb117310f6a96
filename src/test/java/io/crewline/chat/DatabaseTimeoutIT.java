package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TcpProxy;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.net.URI;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** PostgreSQL is there and does not answer: a network that drops packets, a lock, a slow query. */
final class DatabaseTimeoutIT {
  private static final int POOL = 4;
  private static URI address;
  private static TcpProxy proxy;
  private static Crewline node;

  @BeforeAll
  static void start() {
    address = URI.create(TestPostgres.createDatabase());
    proxy = new TcpProxy(address.getPort());
    node =
        TestNode.start(
            Map.of(
                "DATABASE_URL",
                "postgres://"
                    + address.getUserInfo()
                    + "@127.0.0.1:"
                    + proxy.port()
                    + address.getPath(),
                "CREWLINE_DATABASE_POOL",
                Integer.toString(POOL),
                "CREWLINE_DATABASE_TIMEOUT",
                "1s"));
  }

  @AfterAll
  static void stop() {
    node.close();
    proxy.close();
  }

  @Test
  @Timeout(120)
  void aNetworkThatDropsPacketsHoldsNothingForLongAndLosesNothing() {
    String cid = "messaging:hole";
    Person dave = Person.member(node, "dave");
    Person ada = Person.member(node, "ada");
    Rest anonymous = new Rest(node);
    List<String> acknowledged = new ArrayList<>();
    try (SocketClient writer = watch(dave, cid);
        SocketClient reader = watch(ada, cid)) {
      sayUntilAcknowledged(writer, cid, "before", acknowledged);
      assertThat(reader.await("message.new").toString()).contains("text=before");
      List<CompletableFuture<?>> busy = useAllConnections();

      proxy.swallow();
      CompletableFuture<Map<String, Object>> inTheHole = say(writer, cid, "in the hole");
      assertThat(anonymous.get("/health/readiness").status()).isEqualTo(503);
      assertThat(anonymous.get("/health/liveness").status()).isEqualTo(200);
      Map<String, Object> reply =
          inTheHole.orTimeout(20, java.util.concurrent.TimeUnit.SECONDS).join();
      assertThat(Objects.requireNonNull(reply.get("error")).toString())
          .contains("code=unavailable", "retryable=true", "retryAfterMs");
      assertThat(dave.get("/api/rooms/" + cid).status()).isEqualTo(503);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> busy.stream().allMatch(CompletableFuture::isDone));

      proxy.lift();
      sayUntilAcknowledged(writer, cid, "in the hole", acknowledged);
      sayUntilAcknowledged(writer, cid, "after", acknowledged);
      for (String text : List.of("in the hole", "after")) {
        assertThat(reader.await("message.new").toString()).contains("text=" + text);
      }
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> anonymous.get("/health/readiness").status() == 200);
      assertThat(dave.items("/api/rooms/" + cid + "/messages"))
          .extracting(message -> message.get("text"))
          .containsExactlyInAnyOrderElementsOf(acknowledged);
    }
  }

  @Test
  @Timeout(60)
  void aForeignSessionThatHoldsALockHoldsNobodyForLong() throws SQLException {
    String cid = "messaging:locked";
    Person eve = Person.member(node, "eve");
    try (SocketClient writer = watch(eve, cid);
        Connection foreign = connect();
        Statement statement = foreign.createStatement()) {
      foreign.setAutoCommit(false);
      statement.execute("SELECT FROM topic WHERE name = 'room:" + cid + "' FOR UPDATE");

      assertThat(Objects.requireNonNull(say(writer, cid, "locked").join().get("error")).toString())
          .contains("code=unavailable", "retryable=true");

      foreign.rollback();
      sayUntilAcknowledged(writer, cid, "locked", new ArrayList<>());
      assertThat(eve.items("/api/rooms/" + cid + "/messages")).hasSize(1);
    }
  }

  @Test
  @Timeout(60)
  void aStatementThatHangsIsEndedByTheServer() {
    Database database = node.context().getBean(Database.class);

    assertThatThrownBy(() -> database.transaction(() -> sleep(database, 30)))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }

  @Test
  @Timeout(60)
  void maintenanceMayTakeLongerThanARequest() {
    Database database = node.context().getBean(Database.class);

    assertThat(database.transaction(Duration.ofMinutes(1), () -> sleep(database, 3.5))).isTrue();
  }

  private static List<CompletableFuture<?>> useAllConnections() {
    Database database = node.context().getBean(Database.class);
    List<CompletableFuture<?>> busy = new ArrayList<>();
    for (int i = 0; i < POOL; i++) {
      busy.add(
          CompletableFuture.runAsync(
              () -> database.transaction(() -> sleep(database, 0.9)),
              work -> Thread.ofVirtual().start(work)));
    }
    await()
        .until(
            () -> {
              try (Connection direct = connect();
                  Statement statement = direct.createStatement();
                  var found =
                      statement.executeQuery(
                          "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                              + " AND query LIKE 'SELECT pg_sleep%'")) {
                return found.next() && found.getInt(1) == POOL;
              }
            });
    return busy;
  }

  private static boolean sleep(Database database, double seconds) {
    return database.queryOne("SELECT pg_sleep(?)", row -> true, seconds).orElseThrow();
  }

  private static void sayUntilAcknowledged(
      SocketClient writer, String cid, String text, List<String> acknowledged) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> "ok".equals(say(writer, cid, text).join().get("type")));
    acknowledged.add(text);
  }

  private static CompletableFuture<Map<String, Object>> say(
      SocketClient writer, String cid, String text) {
    return writer.send(
        Map.of("type", "sendMessage", "channel", cid, "text", text, "clientId", text));
  }

  private static SocketClient watch(Person person, String cid) {
    SocketClient client = SocketClient.connect(node.port(), null);
    client.call("connect", "token", person.token());
    assertThat(client.call("channel.watch", "channel", cid)).containsEntry("type", "initialized");
    return client;
  }

  private static Connection connect() throws SQLException {
    String[] login = address.getUserInfo().split(":");
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + address.getPort() + address.getPath(), login[0], login[1]);
  }
}
