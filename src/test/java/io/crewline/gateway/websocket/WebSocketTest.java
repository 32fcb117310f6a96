package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.account.AccessTokens;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class WebSocketTest {
  private static Crewline node;
  private static String token;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    token = node.context().getBean(AccessTokens.class).issue("admin");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void connectsWithATokenOnTheUpgrade() {
    try (SocketClient client = SocketClient.connect(node.port(), token)) {
      Map<String, Object> reply = client.call("connect");
      assertThat(reply).containsEntry("type", "connected");
    }
  }

  @Test
  void connectsWithATokenInTheFirstCommand() {
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      assertThat(client.call("refresh", "token", token)).containsEntry("type", "error");
      Map<String, Object> reply = client.call("connect", "token", token);
      assertThat(reply).containsEntry("type", "connected");
    }
  }
}
