package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.account.AccessTokens;
import io.crewline.testing.Person;
import io.crewline.testing.RawSocket;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How long a connection lives on which nothing, or too little, is said. */
final class HeartbeatTest {
  private static final Duration PING = Duration.ofMillis(400);

  /** With so many the server stops reading. */
  private static final int COMMANDS_IN_HAND = 128;

  @Test
  void silentClientIsClosedAndAnsweringClientsStay() {
    try (Crewline node = TestNode.start(Map.of("CREWLINE_PING_INTERVAL", "400ms"))) {
      String token = node.context().getBean(AccessTokens.class).issue("admin");
      try (SocketClient answering = SocketClient.connect(node.port(), token);
          SocketClient pinging = SocketClient.connect(node.port(), token).answerPings(false);
          SocketClient silent = SocketClient.connect(node.port(), token).answerPings(false)) {
        silent.await("ping");
        await()
            .pollInterval(Duration.ofMillis(100))
            .until(
                () -> {
                  pinging.socket().sendPing(java.nio.ByteBuffer.allocate(0)).join();
                  return silent.isClosed();
                });
        assertThat(silent.awaitClose().code()).isEqualTo(1001);
        assertThat(answering.call("connect")).containsEntry("type", "connected");
        assertThat(pinging.call("connect")).containsEntry("type", "connected");
      }
    }
  }

  @Test
  void silenceDoesNotCountWhileTheServerDoesNotRead() {
    try (Crewline node =
        TestNode.start(
            Map.of(
                "CREWLINE_PING_INTERVAL", PING.toMillis() + "ms",
                "CREWLINE_LIMITS", "off",
                "CREWLINE_DATABASE_TIMEOUT", "60s"))) {
      Person ada = Person.member(node, "ada");
      ada.post("/api/rooms", "{\"id\":\"held\"}");
      try (SocketClient client = SocketClient.connect(node.port(), ada.token())) {
        List<CompletableFuture<Map<String, Object>>> replies = new ArrayList<>();
        long released;
        try (HeldRoom held = new HeldRoom(node, "messaging:held")) {
          client.answerPings(false);
          for (int i = 0; i < COMMANDS_IN_HAND; i++) {
            replies.add(
                client.send(
                    Map.of("type", "sendMessage", "channel", "messaging:held", "text", "n" + i)));
          }
          await().during(PING.multipliedBy(5)).until(() -> !client.isClosed());
          released = System.nanoTime();
        }
        replies.forEach(reply -> assertThat(reply.join()).containsEntry("type", "ok"));
        // It is read from again and says nothing: from here on all of the time counts.
        assertThat(client.awaitClose().code()).isEqualTo(1001);
        assertThat(Duration.ofNanos(System.nanoTime() - released))
            .isGreaterThanOrEqualTo(PING.multipliedBy(2));
      }
    }
  }

  @Test
  void idleTimeoutOfHttpDoesNotApplyToSockets() {
    System.setProperty("micronaut.server.idle-timeout", "1s");
    System.setProperty("micronaut.server.read-idle-timeout", "1s");
    System.setProperty("micronaut.server.write-idle-timeout", "1s");
    try (Crewline node = TestNode.start()) {
      String token = node.context().getBean(AccessTokens.class).issue("admin");
      try (SocketClient client = SocketClient.connect(node.port(), token);
          RawSocket http = RawSocket.open(node.port())) {
        http.request(java.util.List.of("GET /health/liveness HTTP/1.1", "Host: localhost"));
        assertThat(http.awaitEnd()).as("an idle HTTP connection ends").isZero();
        await().during(Duration.ofSeconds(2)).until(() -> !client.isClosed());
        assertThat(client.call("connect")).containsEntry("type", "connected");
      }
    } finally {
      System.clearProperty("micronaut.server.idle-timeout");
      System.clearProperty("micronaut.server.read-idle-timeout");
      System.clearProperty("micronaut.server.write-idle-timeout");
    }
  }

  @Test
  void whoDoesNotConnectInTenSecondsIsClosed4401() {
    try (Crewline node = TestNode.start();
        SocketClient client = SocketClient.connect(node.port(), null)) {
      long start = System.nanoTime();
      assertThat(client.call("sendMessage")).containsEntry("type", "error");
      assertThat(client.awaitClose().code()).isEqualTo(4401);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofSeconds(8), Duration.ofSeconds(12));
    }
  }

  @Test
  void expiredTokenClosesTheSocketUnlessItIsRefreshed() {
    try (Crewline node = TestNode.start(Map.of("CREWLINE_ACCESS_TOKEN_TTL", "2s"))) {
      AccessTokens tokens = node.context().getBean(AccessTokens.class);
      String token = tokens.issue("admin");
      try (SocketClient client = SocketClient.connect(node.port(), token);
          SocketClient refreshed = SocketClient.connect(node.port(), token)) {
        assertThat(client.await("tokenExpiring")).containsKey("expiresAt");
        refreshed.await("tokenExpiring");
        await()
            .pollInterval(Duration.ofMillis(500))
            .until(
                () -> {
                  assertThat(refreshed.call("refresh", "token", tokens.issue("admin")))
                      .containsEntry("type", "ok")
                      .containsKey("expiresAt");
                  return client.isClosed();
                });
        assertThat(client.awaitClose().code()).isEqualTo(4401);
        assertThat(refreshed.isClosed()).isFalse();
        try (SocketClient late = SocketClient.connect(node.port(), null)) {
          Map<String, Object> reply = late.call("connect", "token", token);
          assertThat(reply).containsEntry("type", "error");
          assertThat(String.valueOf(reply.get("error"))).contains("unauthenticated", "expired");
        }
      }
    }
  }
}
