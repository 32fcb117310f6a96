package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.account.AccessTokens;
import io.crewline.realtime.CloseReason;
import io.crewline.realtime.Sessions;
import io.crewline.testing.RawSocket;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6455 §5.5.1 and §7.4: how a connection ends. */
final class GoodbyeTest {
  private static Crewline node;
  private static String token;
  private static Sessions sessions;

  private RawSocket raw;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    token = node.context().getBean(AccessTokens.class).issue("admin");
    sessions = node.context().getBean(Sessions.class);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @BeforeEach
  void upgrade() {
    raw = RawSocket.upgraded(node.port(), token);
    raw.text("{\"id\":1,\"type\":\"connect\"}").readFrame();
    assertThat(sessions.count()).isOne();
  }

  @AfterEach
  void everySessionHasEnded() {
    raw.close();
    await().untilAsserted(() -> assertThat(sessions.count()).isZero());
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 1001, 1003, 1007, 1009, 1011, 1012, 1014, 3000, 4000, 4999})
  void codeOfTheClientIsEchoed(int code) {
    raw.goodbye(code, "see you");
    assertThat(raw.awaitClose().code()).isEqualTo(code);
    assertThat(raw.awaitEnd()).isZero();
  }

  @Test
  void emptyGoodbyeIsAnsweredEmpty() {
    raw.frame(RawSocket.CLOSE, new byte[0]);
    assertThat(raw.awaitClose().code()).isEqualTo(RawSocket.NO_CODE);
    assertThat(raw.awaitEnd()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 32768, 65535})
  void codeThatMustNotBeSentIsAProtocolError(int code) {
    raw.goodbye(code, "");
    assertThat(raw.awaitClose().code()).isEqualTo(1002);
  }

  @Test
  void halfACodeIsAProtocolError() {
    raw.frame(RawSocket.CLOSE, new byte[] {3});
    assertThat(raw.awaitClose().code()).isEqualTo(1002);
  }

  @Test
  void reasonThatIsNoUtf8Closes1007() {
    raw.frame(RawSocket.CLOSE, new byte[] {3, (byte) 0xe8, (byte) 0xff});
    assertThat(raw.awaitClose().code()).isEqualTo(1007);
  }

  @Test
  void whatComesAfterTheGoodbyeIsIgnored() {
    raw.goodbye(1000, "");
    raw.sendIfOpen(RawSocket.masked(RawSocket.TEXT, "{\"id\":2,\"type\":\"x\"}".getBytes()));
    assertThat(raw.readFrame().first()).isEqualTo(RawSocket.CLOSE);
    assertThat(raw.awaitEnd()).isLessThanOrEqualTo(0);
  }

  @Test
  void cutConnectionEndsTheSession() {
    raw.close();
    await().untilAsserted(() -> assertThat(sessions.count()).isZero());
  }

  @Test
  void serverClosesWithItsCodeAndTheSessionIsOverAtOnce() {
    sessions.all().forEach(session -> session.close(CloseReason.FORBIDDEN));
    await().untilAsserted(() -> assertThat(sessions.count()).isZero());
    raw.text("{\"id\":2,\"type\":\"connect\"}");
    assertThat(raw.awaitClose()).isEqualTo(new SocketClient.Close(4403, "not allowed"));
    raw.goodbye(4403, "");
    assertThat(raw.awaitEnd()).isZero();
  }

  @Test
  void clientThatDoesNotAnswerTheGoodbyeIsCutOffWithinSeconds() {
    sessions.all().forEach(session -> session.close(CloseReason.RESTART));
    sessions.all().forEach(session -> session.close(CloseReason.FORBIDDEN));
    assertThat(raw.awaitClose().code()).isEqualTo(1012);
    long start = System.nanoTime();
    assertThat(raw.awaitEnd()).isZero();
    assertThat(System.nanoTime() - start).isLessThan(7_000_000_000L);
  }

  @Test
  void stockClientSeesItsGoodbyeAnswered() {
    SocketClient client = SocketClient.connect(node.port(), token);
    client.close();
    assertThat(client.awaitClose().code()).isEqualTo(1000);
  }
}
