package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Many change messages at the same time on a node that has few connections to the database. */
final class ReactionStormTest {
  private static final String CID = "messaging:storm";

  private static Crewline node;
  private static Person dave;
  private static Person ada;

  private final List<SocketClient> sockets = new ArrayList<>();

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_DATABASE_POOL", "4"));
    dave = Person.member(node, "dave");
    ada = Person.member(node, "ada");
    assertThat(dave.post("/api/rooms", "{\"id\":\"storm\",\"members\":[\"ada\"]}").status())
        .isEqualTo(201);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void closeSockets() {
    sockets.forEach(SocketClient::abort);
  }

  private SocketClient connect(Person person) {
    SocketClient socket = SocketClient.connect(node.port(), person.token());
    sockets.add(socket);
    assertThat(socket.call("countUnread")).containsEntry("type", "ok");
    return socket;
  }

  @Test
  void sixtyWhoReactAtOnceAllSucceedAndOthersAreServed() {
    long message = dave.say(CID, "react");
    for (int i = 0; i < 60; i++) {
      connect(Person.member(node, "reactor-" + i % 6));
    }
    List<CompletableFuture<Map<String, Object>>> replies = new ArrayList<>();
    for (int i = 0; i < sockets.size(); i++) {
      replies.add(
          sockets
              .get(i)
              .send(Map.of("type", "addReaction", "messageId", message, "reaction", "r" + i)));
    }
    assertThat(ada.get("/api/rooms/" + CID).status()).isEqualTo(200);
    replies.forEach(reply -> assertThat(reply.join()).containsEntry("type", "ok"));
    assertThat(dave.get("/api/messages/" + message).field("reactions"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
        .hasSize(60);
  }

  @Test
  void aMemberWithTwentySocketsDoesNotStopTheOthers() {
    List<Long> messages = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      connect(ada);
      messages.add(ada.say(CID, "mine"));
    }
    List<CompletableFuture<Map<String, Object>>> replies = new ArrayList<>();
    for (Map<String, Object> change :
        List.<Map<String, Object>>of(
            Map.of("type", "addReaction", "reaction", "x"),
            Map.of("type", "updateMessage", "text", "changed"),
            Map.of("type", "removeReaction", "reaction", "x"),
            Map.of("type", "deleteMessage"))) {
      for (int i = 0; i < sockets.size(); i++) {
        Map<String, Object> command = new java.util.HashMap<>(change);
        command.put("messageId", messages.get(i));
        replies.add(sockets.get(i).send(command));
      }
      assertThat(dave.get("/api/messages/" + messages.getFirst()).status()).isEqualTo(200);
      assertThat(dave.say(CID, "still served")).isPositive();
    }
    replies.forEach(reply -> assertThat(reply.join()).containsEntry("type", "ok"));
  }
}
