package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.RawSocket;
import io.crewline.testing.TestNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client sent before its connection ended is handled, and answered where that can be. */
final class LastCommandsTest {
  private static final int SENDS = 20;
  private static final AtomicInteger ROOMS = new AtomicInteger();

  private static Crewline node;
  private static Person ada;

  private String cid;

  @BeforeAll
  static void start() {
    // A lock that is held longer than a goodbye waits must not end by itself.
    node = TestNode.start(Map.of("CREWLINE_DATABASE_TIMEOUT", "60s"));
    ada = Person.member(node, "ada");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @BeforeEach
  void room() {
    String id = "last-" + ROOMS.incrementAndGet();
    cid = "messaging:" + id;
    ada.post("/api/rooms", "{\"id\":\"" + id + "\"}");
  }

  private static byte[] text(String json) {
    return RawSocket.masked(RawSocket.TEXT, json.getBytes(StandardCharsets.UTF_8));
  }

  private byte[] sendsThen(byte[]... more) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < SENDS; i++) {
      all.writeBytes(
          text(
              "{\"id\":%d,\"type\":\"sendMessage\",\"channel\":\"%s\",\"text\":\"n%d\"}"
                  .formatted(i, cid, i)));
    }
    for (byte[] frame : more) {
      all.writeBytes(frame);
    }
    return all.toByteArray();
  }

  private static byte[] goodbye() {
    return RawSocket.masked(RawSocket.CLOSE, new byte[] {3, (byte) 0xe8});
  }

  private List<String> stored() {
    return ada.items("/api/rooms/" + cid + "/messages?limit=100").stream()
        .map(message -> String.valueOf(message.get("text")))
        .toList();
  }

  private static List<String> sent() {
    return IntStream.range(0, SENDS).mapToObj(i -> "n" + i).toList();
  }

  /** The ids and types of the replies, then the code of the close frame. */
  private static List<String> replies(RawSocket raw) {
    List<String> replies = new ArrayList<>();
    RawSocket.Frame frame = raw.readFrame();
    while (frame.first() != RawSocket.CLOSE) {
      replies.add(frame.json().get("id") + " " + frame.json().get("type"));
      frame = raw.readFrame();
    }
    replies.add("close " + ((frame.payload()[0] & 0xff) << 8 | frame.payload()[1] & 0xff));
    return replies;
  }

  private static List<String> answeredThen(String... last) {
    List<String> replies = new ArrayList<>();
    IntStream.range(0, SENDS).forEach(i -> replies.add(i + " ok"));
    replies.addAll(List.of(last));
    return replies;
  }

  @RepeatedTest(10)
  void commandsInOneWriteWithTheGoodbyeAreAnsweredBeforeIt() {
    try (RawSocket raw = RawSocket.upgraded(node.port(), ada.token())) {
      raw.send(sendsThen(goodbye()));
      assertThat(replies(raw)).isEqualTo(answeredThen("close 1000"));
      assertThat(raw.awaitEnd()).isZero();
      assertThat(stored()).isEqualTo(sent());
    }
  }

  @RepeatedTest(5)
  void eachMalformedFrameIsAnsweredAndEverythingBeforeIt4400() {
    try (RawSocket raw = RawSocket.upgraded(node.port(), ada.token())) {
      byte[] junk = text("[]");
      raw.send(sendsThen(junk, junk, junk, junk, junk, junk));
      assertThat(replies(raw))
          .isEqualTo(
              answeredThen(
                  "null error",
                  "null error",
                  "null error",
                  "null error",
                  "null error",
                  "close 4400"));
      assertThat(stored()).isEqualTo(sent());
    }
  }

  @ParameterizedTest
  @CsvSource({"130, 78, 1003", "129, FF, 1007", "136, 0001, 1002", "131, 78, 1002"})
  void commandsBeforeAFrameThatBreaksTheRulesAreAnswered(int first, String hex, int code) {
    try (RawSocket raw = RawSocket.upgraded(node.port(), ada.token())) {
      raw.send(sendsThen(RawSocket.masked(first, java.util.HexFormat.of().parseHex(hex))));
      assertThat(replies(raw)).isEqualTo(answeredThen("close " + code));
      assertThat(stored()).isEqualTo(sent());
    }
  }

  @RepeatedTest(5)
  void commandsBeforeTheEndOfTheConnectionAreHandled() {
    try (RawSocket raw = RawSocket.upgraded(node.port(), ada.token())) {
      raw.send(sendsThen());
      raw.endOutput();
      await().untilAsserted(() -> assertThat(stored()).isEqualTo(sent()));
    }
  }

  @Test
  void connectAndASendMayComeWithTheGoodbyeInOneWrite() {
    try (RawSocket raw = RawSocket.upgraded(node.port(), null)) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      all.writeBytes(text("{\"id\":\"c\",\"type\":\"connect\",\"token\":\"" + ada.token() + "\"}"));
      all.writeBytes(sendsThen(goodbye()));
      raw.send(all.toByteArray());
      List<String> replies = new ArrayList<>(answeredThen("close 1000"));
      replies.addFirst("c connected");
      assertThat(replies(raw)).isEqualTo(replies);
      assertThat(stored()).isEqualTo(sent());
    }
  }

  @Test
  void goodbyeIsAnsweredInSecondsAlsoWhenACommandTakesLongerAndThatIsHandledAllTheSame() {
    ada.say(cid, "first");
    try (RawSocket raw = RawSocket.upgraded(node.port(), ada.token())) {
      try (HeldRoom held = new HeldRoom(node, cid)) {
        raw.send(sendsThen(goodbye()));
        assertThat(replies(raw)).containsExactly("close 1000");
      }
      await()
          .atMost(Duration.ofSeconds(15))
          .untilAsserted(() -> assertThat(stored()).endsWith("n18", "n19").hasSize(SENDS + 1));
    }
  }
}
