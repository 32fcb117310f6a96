package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.account.AccessTokens;
import io.crewline.testing.RawSocket;
import io.crewline.testing.TestNode;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandReadingTest {
  private static Crewline node;
  private static String token;

  private RawSocket raw;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    token = node.context().getBean(AccessTokens.class).issue("admin");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @BeforeEach
  void upgrade() {
    raw = RawSocket.upgraded(node.port(), token);
  }

  @AfterEach
  void cut() {
    raw.close();
  }

  static String[] malformed() {
    return new String[] {
      "",
      "   ",
      "hello",
      "null",
      "42",
      "\"text\"",
      "[]",
      "[{\"id\":1,\"type\":\"connect\"}]",
      "{",
      "{}",
      "}{",
      "{\"id\":7}",
      "{\"id\":1,\"type\":null}",
      "{\"id\":1,\"type\":5}",
      "{\"id\":1,\"type\":\"\"}",
      "{\"id\":1,\"type\":\"\\ud800\"}",
      "{\"id\":1,\"type\":\"" + "x".repeat(65) + "\"}",
      "{\"id\":\"\\udc00\\ud800\",\"type\":\"x\"}",
      "{\"id\":1.5,\"type\":\"x\"}",
      "{\"id\":9223372036854775808,\"type\":\"x\"}",
      "{\"id\":1" + "0".repeat(60000) + ",\"type\":\"x\"}",
      "{\"id\":1e400,\"type\":\"x\"}",
      "{\"id\":true,\"type\":\"x\"}",
      "{\"id\":{},\"type\":\"x\"}",
      "{\"id\":\"" + "x".repeat(129) + "\",\"type\":\"x\"}",
      "{\"id\":1,\"type\":\"x\"} trailing",
      "{\"id\":1,\"type\":\"x\"}{\"id\":2,\"type\":\"x\"}",
      "{\"id\":1,\"type\":\"x\u0000\"}",
      "{\"id\":1,\"type\":\"x\"\u0000}",
      "{'id':1,'type':'x'}",
      "{\"id\":1,\"type\":\"x\",}",
      "{\"id\":NaN,\"type\":\"x\"}",
      "{\"type\":\"x\",\"deep\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}",
      "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000),
      "{\"type\":\"x\",\"deep\":" + "[".repeat(60_000),
    };
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void frameThatIsNoCommandIsAnsweredWithAnErrorAndTheConnectionGoesOn(String text) {
    raw.text(text);
    Map<String, Object> reply = raw.readFrame().json();
    assertThat(reply).containsEntry("id", null).containsEntry("type", "error").hasSize(3);
    assertThat(reply.get("error"))
        .asInstanceOf(
            org.assertj.core.api.InstanceOfAssertFactories.map(String.class, Object.class))
        .containsEntry("code", "badRequest")
        .containsEntry("retryable", false);
    raw.text("{\"id\":\"next\",\"type\":\"nothing\"}");
    assertThat(raw.readFrame().json()).containsEntry("id", "next");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1",
        "0",
        "-7",
        "9223372036854775807",
        "\"a\"",
        "\"\"",
        "\"\\u00e9\\n\\\"\\\\ \\ud83d\\ude00\"",
        "null"
      })
  void idComesBackAsItWasGiven(String id) {
    raw.text("{\"type\":\"nothing\",\"id\":" + id + "}");
    Object given = io.crewline.testing.SocketClient.parse("{\"id\":" + id + "}").get("id");
    assertThat(raw.readFrame().json()).containsEntry("id", given);
  }

  @Test
  void commandWithoutAnIdIsAnsweredWithNull() {
    raw.text("{\"type\":\"nothing\"}");
    assertThat(raw.readFrame().json()).containsEntry("id", null).containsEntry("type", "error");
  }

  @Test
  void unknownCommandIsNoMisuse() {
    for (int i = 0; i < 20; i++) {
      raw.text("{\"id\":" + i + ",\"type\":\"nothing\"}");
      assertThat(raw.readFrame().text()).contains("unknownCommand");
    }
  }

  @Test
  void pongIsNotAnswered() {
    raw.text("{\"id\":1,\"type\":\"pong\"}").text("{\"id\":2,\"type\":\"nothing\"}");
    assertThat(raw.readFrame().json()).containsEntry("id", 2);
  }

  @Test
  void fifthMalformedFrameInAMinuteCloses4400() {
    for (int i = 0; i < 4; i++) {
      raw.text("nonsense");
      assertThat(raw.readFrame().json()).containsEntry("type", "error");
      raw.text("{\"id\":1,\"type\":\"nothing\"}");
      assertThat(raw.readFrame().json()).containsEntry("id", 1);
    }
    raw.text("nonsense");
    assertThat(raw.awaitClose().code()).isEqualTo(4400);
  }
}
