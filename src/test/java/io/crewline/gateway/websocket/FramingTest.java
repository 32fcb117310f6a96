package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.account.AccessTokens;
import io.crewline.testing.RawSocket;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6455 §5: what a frame may be, and what happens with the others. */
final class FramingTest {
  private static final int FIRST_TEXT = 0x01;
  private static final int CONTINUATION = 0x00;
  private static final int LAST_CONTINUATION = 0x80;

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

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A command of exactly so many bytes. */
  private static byte[] commandOf(int length) {
    String start = "{\"id\":1,\"type\":\"nothing\",\"filler\":\"";
    byte[] command = new byte[length];
    Arrays.fill(command, (byte) 'x');
    System.arraycopy(bytes(start), 0, command, 0, start.length());
    System.arraycopy(bytes("\"}"), 0, command, length - 2, 2);
    return command;
  }

  private void assertUnderstood() {
    assertThat(raw.readFrame().json()).containsEntry("id", 1);
  }

  private void assertClosed(int code) {
    assertThat(raw.awaitClose().code()).isEqualTo(code);
    assertThat(raw.awaitEnd()).isLessThanOrEqualTo(0);
  }

  @Test
  void messageAsLongAsTheLimitIsTaken() {
    raw.frame(RawSocket.TEXT, commandOf(65536));
    assertUnderstood();
  }

  @Test
  void messageOverTheLimitCloses1009() {
    raw.frame(RawSocket.TEXT, commandOf(65537));
    assertClosed(1009);
  }

  @Test
  void limitCountsAllFragmentsOfAMessage() {
    byte[] half = new byte[32768];
    raw.frame(FIRST_TEXT, half).frame(CONTINUATION, half).frame(LAST_CONTINUATION, new byte[1]);
    assertClosed(1009);
  }

  @Test
  void announcedGigabyteCloses1009BeforeItIsSent() {
    raw.send(new byte[] {(byte) 0x81, (byte) 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4});
    assertClosed(1009);
  }

  @Test
  void announcedLengthBeyondSixtyThreeBitsCloses() {
    raw.send(new byte[] {(byte) 0x81, (byte) 0xff, (byte) 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4});
    assertThat(raw.awaitClose().code()).isIn(1002, 1009);
  }

  @Test
  void fragmentsOfOneByteMakeAMessage() {
    byte[] command = bytes("{\"id\":1,\"type\":\"nothing\"}");
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (int i = 0; i < command.length; i++) {
      int first = i == 0 ? FIRST_TEXT : i == command.length - 1 ? LAST_CONTINUATION : CONTINUATION;
      frames.writeBytes(RawSocket.masked(first, new byte[] {command[i]}));
    }
    raw.send(frames.toByteArray());
    assertUnderstood();
  }

  @Test
  void bytesOneByOneMakeAFrame() {
    for (byte b : RawSocket.masked(RawSocket.TEXT, bytes("{\"id\":1,\"type\":\"nothing\"}"))) {
      raw.send(new byte[] {b});
    }
    assertUnderstood();
  }

  @Test
  void endlessEmptyFragmentsClose1009() {
    raw.frame(FIRST_TEXT, new byte[0]);
    byte[] empty = RawSocket.masked(CONTINUATION, new byte[0]);
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    for (int i = 0; i < 20_000; i++) {
      many.writeBytes(empty);
    }
    raw.sendIfOpen(many.toByteArray());
    assertThat(raw.awaitClose().code()).isEqualTo(1009);
  }

  @Test
  void controlFramesMayComeBetweenFragments() {
    raw.frame(FIRST_TEXT, bytes("{\"id\":1,"));
    raw.frame(RawSocket.PING, bytes("still there?"));
    RawSocket.Frame pong = raw.readFrame();
    assertThat(pong.first()).isEqualTo(RawSocket.PONG);
    assertThat(pong.text()).isEqualTo("still there?");
    raw.frame(LAST_CONTINUATION, bytes("\"type\":\"nothing\"}"));
    assertUnderstood();
  }

  @Test
  void unmaskedFrameCloses1002() {
    raw.send(new byte[] {(byte) 0x81, 2, '{', '}'});
    assertClosed(1002);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x83, 0x84, 0x87, 0x8b, 0x8f})
  void reservedOpcodesClose1002(int first) {
    raw.frame(first, new byte[0]);
    assertClosed(1002);
  }

  @ParameterizedTest
  @ValueSource(ints = {0xc1, 0xa1, 0x91, 0xf1})
  void reservedBitsClose1002(int first) {
    raw.frame(first, bytes("{}"));
    assertClosed(1002);
  }

  @Test
  void longOrFragmentedControlFramesClose1002() {
    raw.frame(RawSocket.PING, new byte[126]);
    assertClosed(1002);
    try (RawSocket other = RawSocket.upgraded(node.port(), token)) {
      assertThat(other.frame(0x09, new byte[0]).awaitClose().code()).isEqualTo(1002);
    }
  }

  @Test
  void continuationOfNothingCloses1002() {
    raw.frame(LAST_CONTINUATION, bytes("{}"));
    assertClosed(1002);
  }

  @Test
  void newMessageInsideAnotherCloses1002() {
    raw.frame(FIRST_TEXT, bytes("{")).frame(RawSocket.TEXT, bytes("{}"));
    assertClosed(1002);
  }

  @Test
  void binaryCloses1003() {
    raw.frame(RawSocket.BINARY, bytes("{}"));
    assertClosed(1003);
  }

  @Test
  void invalidUtf8Closes1007() {
    raw.frame(RawSocket.TEXT, new byte[] {'{', '"', (byte) 0xc0, (byte) 0x80, '"', '}'});
    assertClosed(1007);
    try (RawSocket other = RawSocket.upgraded(node.port(), token)) {
      byte[] surrogate = {(byte) 0xed, (byte) 0xa0, (byte) 0x80};
      assertThat(other.frame(RawSocket.TEXT, surrogate).awaitClose().code()).isEqualTo(1007);
    }
  }

  @Test
  void characterMayBeSplitBetweenFragments() {
    byte[] command = bytes("{\"id\":\"é€😀\",\"type\":\"nothing\"}");
    for (int i = 0; i < command.length; i++) {
      int first = i == 0 ? FIRST_TEXT : i == command.length - 1 ? LAST_CONTINUATION : CONTINUATION;
      raw.frame(first, new byte[] {command[i]});
    }
    assertThat(raw.readFrame().json()).containsEntry("id", "é€😀");
  }

  @Test
  void pingIsAnsweredWithItsPayloadAndPongsAreTaken() {
    raw.frame(RawSocket.PONG, bytes("unasked")).frame(RawSocket.PING, bytes("a"));
    RawSocket.Frame pong = raw.readFrame();
    assertThat(pong.first()).isEqualTo(RawSocket.PONG);
    assertThat(pong.text()).isEqualTo("a");
  }

  @Test
  void pingsWithoutReadingPongsDoNotPileUp() {
    byte[] ping = RawSocket.masked(RawSocket.PING, new byte[125]);
    ByteArrayOutputStream some = new ByteArrayOutputStream();
    for (int i = 0; i < 1000; i++) {
      some.writeBytes(ping);
    }
    for (int i = 0; i < 200; i++) {
      raw.send(some.toByteArray());
    }
    assertThat(
            node.context().getBean(io.crewline.realtime.Sessions.class).all().stream()
                .map(session -> ((WebSocketTransport) session.transport()).waitingBytes()))
        .isNotEmpty()
        .allMatch(waiting -> waiting < 512 * 1024);
  }

  @Test
  void nothingIsWrittenAfterTheCloseFrame() {
    raw.send(new byte[] {(byte) 0x81, 2, '{', '}'});
    raw.sendIfOpen(RawSocket.masked(RawSocket.TEXT, bytes("{\"id\":1,\"type\":\"nothing\"}")));
    raw.sendIfOpen(RawSocket.masked(RawSocket.PING, bytes("a")));
    assertClosed(1002);
  }

  @Test
  void oneBrokenClientDoesNotDisturbTheOthers() {
    try (SocketClient other = SocketClient.connect(node.port(), token)) {
      other.call("connect");
      raw.send(new byte[] {(byte) 0xff, (byte) 0xff, 1, 2, 3});
      assertClosed(1002);
      assertThat(other.call("nothing")).containsEntry("type", "error");
    }
  }
}
