package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.gateway.BufferFrame;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.realtime.EphemeralEvent;
import io.crewline.realtime.Frame;
import io.crewline.realtime.Notice;
import io.crewline.realtime.Reply;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The frames as they stand on the wire; each kind is compared with its file in {@code protocol}.
 */
final class JsonEncodingTest {
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00.120Z");
  private static final Position POSITION = new Position("4f1c2a9be07d", 42);

  private static Crewline node;
  private static JsonEncoding encoding;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    encoding = node.context().getBean(JsonEncoding.class);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String golden(String name) {
    try (InputStream file = JsonEncodingTest.class.getResourceAsStream("/protocol/" + name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Checks the header and returns the payload. */
  private static String payload(Frame frame) {
    ByteBuf bytes = ((BufferFrame) frame).view();
    try {
      assertThat(bytes.readUnsignedByte()).isEqualTo((short) 0x81);
      long length = bytes.readUnsignedByte();
      if (length == 126) {
        length = bytes.readUnsignedShort();
        assertThat(length).isGreaterThan(125);
      } else if (length == 127) {
        length = bytes.readLong();
        assertThat(length).isGreaterThan(0xffff);
      }
      assertThat(bytes.readableBytes()).isEqualTo((int) length);
      return bytes.toString(StandardCharsets.UTF_8);
    } finally {
      bytes.release();
      frame.release();
      assertThat(bytes.refCnt()).isZero();
    }
  }

  private static void assertGolden(String name, Frame frame) {
    String payload = payload(frame);
    assertThat(SocketClient.parse(payload)).isEqualTo(SocketClient.parse(golden(name)));
  }

  @Test
  void eventIsWrittenToTheLetter() {
    JournalEntry entry =
        new JournalEntry(
            Topic.room("messaging:general"),
            "4f1c2a9be07d",
            42,
            "message.new",
            AT,
            "{\"message\":{\"id\":7,\"text\":\"Grüße \\u0001 😀\"}}");
    assertThat(payload(encoding.event(entry))).isEqualTo(golden("event.json"));
  }

  @Test
  void ephemeralEventHasNoPosition() {
    EphemeralEvent event =
        new EphemeralEvent(
            Topic.room("messaging:hall"),
            "typing.start",
            AT,
            "{\"channel\":\"messaging:hall\",\"user\":{\"id\":\"kim\",\"name\":\"kim\"}}");
    assertThat(payload(encoding.ephemeral(event))).isEqualTo(golden("typing.start.json"));
  }

  @Test
  void noticesAreWrittenLikeTheirFiles() {
    assertGolden("ping.json", encoding.notice(Notice.PING));
    assertGolden("tokenExpiring.json", encoding.notice(Notice.tokenExpiring(AT)));
    assertGolden("position.json", encoding.notice(Notice.position(Topic.TASKS, POSITION)));
    assertGolden("reset.json", encoding.notice(Notice.reset(Topic.TASKS)));
    assertGolden("removed.json", encoding.notice(Notice.removed(Topic.room("messaging:general"))));
  }

  @Test
  void repliesAreWrittenLikeTheirFiles() {
    assertGolden("ok.json", encoding.reply("17", Reply.ok(Map.of("unread", 3))));
    assertGolden("ok.empty.json", encoding.reply("\"a-1\"", Reply.ok()));
    assertGolden(
        "error.json", encoding.reply("17", Reply.error(ApiException.forbidden("not a member"))));
    assertGolden(
        "error.retryAfter.json",
        encoding.reply("17", Reply.error(ApiException.rateLimited("too many messages", 1500))));
    assertGolden(
        "error.malformed.json",
        encoding.reply(
            "null", Reply.error(ApiException.badRequest("a frame must be one JSON object"))));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 40, 60, 100, 125, 126, 127, 1000, 65400, 65500, 65536, 200_000})
  void lengthInTheHeaderIsThatOfThePayload(int length) {
    String text = "x".repeat(length);
    assertThat(payload(encoding.reply("1", Reply.ok(Map.of("text", text)))))
        .isEqualTo("{\"id\":1,\"type\":\"ok\",\"text\":\"" + text + "\"}");
  }

  @Test
  void textsAreEscaped() {
    String text = "\"\\\b\f\n\r\t\u0000\u001f\u007f\u2028é😀";
    assertThat(SocketClient.parse(payload(encoding.notice(new Notice(text, Map.of("a", text))))))
        .containsEntry("type", text)
        .containsEntry("a", text);
  }

  @Test
  void loneSurrogateDoesNotBreakTheJson() {
    assertThat(payload(encoding.notice(new Notice("a\ud800b", Map.of()))))
        .isEqualTo("{\"type\":\"a\\ud800b\"}");
  }

  @Test
  void timesAlwaysHaveMilliseconds() {
    JournalEntry entry =
        new JournalEntry(Topic.TASKS, "e", 1, "x", Instant.parse("2026-03-01T12:00:00Z"), "{}");
    assertThat(payload(encoding.event(entry))).contains("\"at\":\"2026-03-01T12:00:00.000Z\"");
  }
}
