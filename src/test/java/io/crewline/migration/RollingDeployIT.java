package io.crewline.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.testing.NodeProcess;
import io.crewline.testing.Rest;
import io.crewline.testing.ResumingClient;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import io.crewline.testing.TestRedis;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The version before and this one, side by side on one database and one Redis. */
final class RollingDeployIT {
  private static final String CID = "messaging:general";

  private final AtomicInteger oldPort = new AtomicInteger();
  private final AtomicInteger newPort = new AtomicInteger();
  private final Set<Long> acknowledged = new HashSet<>();

  @Test
  @Timeout(900)
  void theVersionBeforeGoesOnBesideThisOneAndClientsMoveBetweenThem() throws Exception {
    Path previous = PreviousVersion.jar();
    Map<String, String> environment = new HashMap<>();
    environment.put("DATABASE_URL", TestPostgres.createDatabase());
    environment.put("CREWLINE_SECRET_KEY", TestNode.SECRET);
    environment.put("CREWLINE_DEMO", "true");
    NodeProcess older = null;
    NodeProcess newer = null;
    ResumingClient dave = null;
    ResumingClient ada = null;
    try (TestRedis redis = TestRedis.started()) {
      environment.put("REDIS_URL", redis.url());
      older = NodeProcess.start(previous, environment);
      oldPort.set(older.awaitPort());
      // Each client follows its own number from node to node.
      AtomicInteger ofDave = new AtomicInteger(oldPort.get());
      AtomicInteger ofAda = new AtomicInteger(oldPort.get());
      dave = client("dave", ofDave);
      ada = client("ada", ofAda);
      List<ResumingClient> clients = List.of(dave, ada);
      chat(clients, "on the old version alone");

      // The new one migrates the database under the old one.
      newer = NodeProcess.start(environment);
      newPort.set(newer.awaitPort());
      chat(clients, "while both run");
      move(ada, ofAda, newPort);
      chat(clients, "old and new");
      exercise(newPort.get());
      exercise(oldPort.get());
      chat(clients, "after each has done what it can");
      move(dave, ofDave, newPort);
      move(ada, ofAda, oldPort);
      chat(clients, "new and old");

      // A roll-back, or a machine that restarts in the middle: the old version starts on the new
      // schema.
      ofAda.set(newPort.get());
      older.terminate();
      assertThat(older.awaitExit()).isZero();
      failedNowhere(older);
      older = NodeProcess.start(previous, environment);
      oldPort.set(older.awaitPort());
      move(ada, ofAda, oldPort);
      chat(clients, "the old version again");

      ofDave.set(oldPort.get());
      newer.terminate();
      assertThat(newer.awaitExit()).isZero();
      failedNowhere(newer);
      newer = NodeProcess.start(environment);
      newPort.set(newer.awaitPort());
      move(dave, ofDave, newPort);
      chat(clients, "the new version again");

      ofAda.set(newPort.get());
      older.terminate();
      assertThat(older.awaitExit()).isZero();
      failedNowhere(older);
      chat(clients, "on the new version alone");
      failedNowhere(newer);
    } finally {
      for (ResumingClient client : new ResumingClient[] {dave, ada}) {
        if (client != null) {
          client.close();
        }
      }
      for (NodeProcess node : new NodeProcess[] {older, newer}) {
        if (node != null) {
          node.kill();
        }
      }
    }
  }

  private static ResumingClient client(String user, AtomicInteger port) {
    return new ResumingClient(port::get, user, login(port.get(), user), CID).awaitWatching();
  }

  private static String login(int port, String user) {
    return new Rest(port)
        .post("/api/token", "{\"username\":\"%s\",\"password\":\"demo-password\"}".formatted(user))
        .text("access");
  }

  private static void move(ResumingClient client, AtomicInteger port, AtomicInteger to) {
    int before = client.connects();
    port.set(to.get());
    client.cut();
    await().atMost(Duration.ofSeconds(30)).until(() -> client.connects() > before);
  }

  /** Everyone says something; everyone has everything, once and in order. */
  private void chat(List<ResumingClient> clients, String text) throws Exception {
    for (int i = 0; i < 10; i++) {
      for (ResumingClient client : clients) {
        acknowledged.add(client.send(text + " " + i).get(60, TimeUnit.SECONDS));
      }
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(clients)
                    .describedAs(text)
                    .allSatisfy(
                        client ->
                            assertThat(client.messageIds())
                                .containsExactlyInAnyOrderElementsOf(acknowledged)));
    assertThat(clients)
        .allSatisfy(
            client -> {
              assertThat(client.broken()).describedAs(text).isEmpty();
              assertThat(client.messageIds()).isSorted();
            });
  }

  /** Says everything that a client can say; a version may not know a command yet, no more. */
  private static void exercise(int port) {
    try (SocketClient client = SocketClient.connect(port, login(port, "dave"))) {
      client.call("channel.watch", "channel", CID);
      client.call("channel.watch", "channel", "messaging:aside");
      Object id =
          ((Map<?, ?>)
                  java.util.Objects.requireNonNull(
                      client
                          .call("sendMessage", "channel", "messaging:aside", "text", "x")
                          .getOrDefault("message", Map.of("id", 0))))
              .get("id");
      for (Map<String, Object> command :
          List.<Map<String, Object>>of(
              Map.of("type", "typing.start", "channel", CID),
              Map.of("type", "typing.stop", "channel", CID),
              Map.of("type", "presence", "channel", CID),
              Map.of("type", "presence", "users", List.of("ada", "dave")),
              Map.of("type", "markRead", "channel", CID),
              Map.of("type", "countUnread"),
              Map.of("type", "refresh", "token", login(port, "dave")),
              Map.of("type", "addReaction", "messageId", id == null ? 0 : id, "reaction", "+1"),
              Map.of("type", "channel.unwatch", "channel", "messaging:aside"))) {
        assertThat(String.valueOf(client.call(command)))
            .describedAs(command.toString())
            .doesNotContain("code=internal", "code=unavailable");
      }
    }
  }

  private static void failedNowhere(NodeProcess node) {
    assertThat(node.output()).doesNotContain(" ERROR ");
  }
}
