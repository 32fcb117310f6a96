package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL stops under a running node, and comes back. */
final class DatabaseAwayIT {
  private static final String CID = "messaging:general";

  @Test
  @Timeout(180)
  void commandsFailForAWhileSocketsStayAndAllWorksAgain(@TempDir Path data) throws Exception {
    int port = freePort();
    EmbeddedPostgres postgres = postgres(data, port);
    try (Crewline node =
        TestNode.start(
            Map.of(
                "DATABASE_URL",
                "postgres://postgres:postgres@127.0.0.1:" + port + "/postgres",
                "CREWLINE_DATABASE_POOL",
                "4"))) {
      Person dave = Person.member(node, "dave");
      Person ada = Person.member(node, "ada");
      Rest anonymous = new Rest(node);
      try (SocketClient writer = watch(node, dave);
          SocketClient reader = watch(node, ada)) {
        writer.call("sendMessage", "channel", CID, "text", "before", "clientId", "1");
        reader.await("message.new");

        postgres.close();
        for (Map<String, Object> command :
            java.util.List.<Map<String, Object>>of(
                Map.of("type", "sendMessage", "channel", CID, "text", "x", "clientId", "2"),
                Map.of("type", "markRead", "channel", CID),
                Map.of("type", "countUnread"),
                Map.of("type", "channel.watch", "channel", "messaging:other"))) {
          Map<String, Object> reply = writer.call(command);
          assertThat(reply).as(command.toString()).containsEntry("type", "error");
          assertThat(Objects.requireNonNull(reply.get("error")).toString())
              .contains("code=unavailable", "retryable=true", "retryAfterMs");
        }
        Answer rest = dave.get("/api/unread");
        assertThat(rest.status()).isEqualTo(503);
        assertThat(rest.text("code")).isEqualTo("unavailable");
        assertThat(rest.header("Retry-After")).isNotEmpty();
        assertThat(anonymous.get("/health/liveness").status()).isEqualTo(200);
        assertThat(anonymous.get("/health/readiness").status()).isEqualTo(503);
        assertThat(writer.isClosed()).isFalse();
        assertThat(reader.isClosed()).isFalse();

        postgres = postgres(data, port);
        await()
            .atMost(Duration.ofSeconds(30))
            .until(
                () ->
                    "ok"
                        .equals(
                            writer
                                .call(
                                    "sendMessage", "channel", CID, "text", "after", "clientId", "2")
                                .get("type")));
        assertThat(reader.await("message.new").toString()).contains("text=after");
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> anonymous.get("/health/readiness").status() == 200);
        assertThat(dave.items("/api/rooms/" + CID + "/messages")).hasSize(2);
      }
    } finally {
      postgres.close();
    }
  }

  private static SocketClient watch(Crewline node, Person person) {
    SocketClient client = SocketClient.connect(node.port(), null);
    client.call("connect", "token", person.token());
    assertThat(client.call("channel.watch", "channel", CID)).containsEntry("type", "initialized");
    return client;
  }

  private static EmbeddedPostgres postgres(Path data, int port) throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data.resolve("pg"))
        .setCleanDataDirectory(false)
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
