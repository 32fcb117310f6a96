package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.account.AccessTokens;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What changes about a user takes effect on their open sockets. */
final class LiveAccessTest {
  private static Crewline node;
  private static String admin;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    admin =
        new Rest(node)
            .post(
                "/api/token",
                "{\"username\":\"admin\",\"password\":\"%s\"}".formatted(TestNode.ADMIN_PASSWORD))
            .text("access");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static void change(String username, String change) {
    assertThat(
            new Rest(node)
                .call(
                    "PATCH",
                    "/api/users/" + username,
                    change,
                    "Authorization",
                    "Bearer " + admin,
                    "Content-Type",
                    "application/json")
                .status())
        .isEqualTo(200);
  }

  @Test
  void aDisabledUserIsCutOffAndCannotComeBack() {
    Person leaver = Person.member(node, "leaver");
    try (SocketClient client = SocketClient.connect(node.port(), leaver.token())) {
      client.call("countUnread");
      change("leaver", "{\"disabled\":true}");
      assertThat(client.awaitClose().code()).isEqualTo(4403);
    }
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      assertThat(client.call("connect", "token", leaver.token()).get("error"))
          .asString()
          .contains("code=forbidden");
      assertThat(client.awaitClose().code()).isEqualTo(4403);
    }
  }

  @Test
  void aNewRoleCountsAtOnceOnAnOpenSocket() {
    Person author = Person.member(node, "author");
    Person riser = Person.member(node, "riser");
    author.post("/api/rooms", "{\"id\":\"roles\",\"members\":[\"riser\"]}");
    long message = author.say("messaging:roles", "delete me");
    try (SocketClient client = SocketClient.connect(node.port(), riser.token())) {
      Map<String, Object> refused = client.call("deleteMessage", "messageId", message);
      assertThat(Objects.requireNonNull(refused.get("error")).toString())
          .contains("code=forbidden");
      change("riser", "{\"role\":\"manager\"}");
      org.awaitility.Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(client.call("deleteMessage", "messageId", message))
                      .containsEntry("type", "ok"));
    }
  }

  @Test
  void aTokenOfSomebodyElseDoesNotRefreshASession() {
    Person one = Person.member(node, "one");
    Person two = Person.member(node, "two");
    try (SocketClient client = SocketClient.connect(node.port(), one.token())) {
      assertThat(client.call("refresh", "token", two.token()).get("error"))
          .asString()
          .contains("code=forbidden");
      assertThat(client.call("refresh", "token", one.token()))
          .containsEntry("type", "ok")
          .containsKey("expiresAt");
    }
  }

  @Test
  void connectDoesNotTurnASessionIntoSomebodyElses() {
    Person one = Person.member(node, "one");
    Person two = Person.member(node, "two");
    try (SocketClient client = SocketClient.connect(node.port(), one.token())) {
      assertThat(client.call("connect", "token", two.token()).get("error"))
          .asString()
          .contains("code=badRequest");
      assertThat(client.call("connect", "token", one.token()).get("user"))
          .asString()
          .contains("id=one");
    }
  }

  @Test
  void aSessionEndsWithItsTokenUnlessItGetsANewerOne() {
    try (Crewline brief = TestNode.start(Map.of("CREWLINE_ACCESS_TOKEN_TTL", "4s"))) {
      Person kim = Person.member(brief, "kim");
      try (SocketClient idle = SocketClient.connect(brief.port(), kim.token());
          SocketClient client = SocketClient.connect(brief.port(), kim.token())) {
        client.await("tokenExpiring");
        kim.call("PATCH", "/api/me", "{\"displayName\":\"Kim\"}");
        client.await("user.updated");
        assertThat(client.call("countUnread")).containsEntry("type", "ok");
        assertThat(client.received()).as("the end is announced once").isEmpty();
        // The tokens of other nodes may live longer.
        String newer = Person.member(node, "kim").token();
        Map<String, Object> refreshed = client.call("refresh", "token", newer);
        assertThat(refreshed).containsEntry("type", "ok").containsKey("expiresAt");
        assertThat(idle.awaitClose().code()).isEqualTo(4401);
        assertThat(client.call("refresh", "token", kim.token()).get("error"))
            .asString()
            .contains("code=unauthenticated");
        assertThat(client.call("countUnread")).containsEntry("type", "ok");
        String shorter = brief.context().getBean(AccessTokens.class).issue("kim");
        assertThat(client.call("refresh", "token", shorter)).containsEntry("type", "ok");
        client.await("tokenExpiring");
        assertThat(client.awaitClose().code()).isEqualTo(4401);
      }
    }
  }
}
