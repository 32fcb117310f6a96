package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.RawSocket;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** One client's commands are answered, and take effect, in the order in which they came. */
final class CommandOrderTest {
  private static Crewline node;
  private static Person ada;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_LIMITS", "off"));
    ada = Person.member(node, "ada");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String send(int id, String cid, String text) {
    return "{\"id\":%d,\"type\":\"sendMessage\",\"channel\":\"%s\",\"text\":\"%s\"}"
        .formatted(id, cid, text);
  }

  private static String watch(int id, String cid) {
    return "{\"id\":%d,\"type\":\"channel.watch\",\"channel\":\"%s\"}".formatted(id, cid);
  }

  private static void room(String cid) {
    ada.post("/api/rooms", "{\"id\":\"" + cid.substring(cid.indexOf(':') + 1) + "\"}");
  }

  private static void write(RawSocket raw, List<String> frames) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String frame : frames) {
      all.writeBytes(RawSocket.masked(RawSocket.TEXT, frame.getBytes(StandardCharsets.UTF_8)));
    }
    raw.send(all.toByteArray());
  }

  /** The next replies; events and notices in between are passed over. */
  private static List<Map<String, Object>> replies(RawSocket raw, int count) {
    List<Map<String, Object>> replies = new ArrayList<>();
    while (replies.size() < count) {
      Map<String, Object> frame = raw.readFrame().json();
      if (frame.containsKey("id")) {
        replies.add(frame);
      }
    }
    return replies;
  }

  private static List<String> outcomes(List<Map<String, Object>> replies) {
    return replies.stream().map(reply -> reply.get("id") + " " + outcome(reply)).toList();
  }

  private static @Nullable Object outcome(Map<String, Object> reply) {
    return reply.get("error") instanceof Map<?, ?> error ? error.get("code") : reply.get("type");
  }

  @RepeatedTest(20)
  void repliesComeInTheOrderOfCommandsAlsoOfThoseThatAreRefusedAtOnce() {
    room("messaging:order");
    try (RawSocket raw = RawSocket.upgraded(node.port(), ada.token())) {
      write(
          raw,
          List.of(
              send(1, "messaging:order", "one"),
              send(2, "messaging:order", " "),
              "{\"id\":3,\"type\":\"presence\",\"users\":[\"ada\"]}",
              send(4, "messaging:order", "four"),
              "no command",
              send(6, "messaging:order", "six"),
              "{\"id\":{},\"type\":\"sendMessage\"}",
              send(8, "messaging:missing", "eight"),
              "{\"id\":9,\"type\":\"nothing\"}",
              "{\"id\":10,\"type\":\"sendMessage\",\"channel\":5}",
              send(11, "messaging:order", "eleven"),
              "{\"id\":12}"));
      assertThat(outcomes(replies(raw, 12)))
          .containsExactly(
              "1 ok",
              "2 badRequest",
              "3 ok",
              "4 ok",
              "null badRequest",
              "6 ok",
              "null badRequest",
              "8 notFound",
              "9 unknownCommand",
              "10 badRequest",
              "11 ok",
              "null badRequest");
    }
  }

  @RepeatedTest(20)
  void commandSeesWhatThoseBeforeItDid() {
    room("messaging:sees");
    room("messaging:other");
    try (RawSocket raw = RawSocket.upgraded(node.port(), ada.token())) {
      String text = "seen " + System.nanoTime();
      write(
          raw,
          List.of(
              send(1, "messaging:sees", text),
              send(2, "messaging:sees", ""),
              watch(3, "messaging:sees")));
      List<Map<String, Object>> replies = replies(raw, 3);
      assertThat(outcomes(replies)).containsExactly("1 ok", "2 badRequest", "3 initialized");
      assertThat(String.valueOf(replies.get(2).get("messages"))).contains(text);
    }
  }

  @Test
  void beforeConnectRepliesKeepTheirOrderAsWell() {
    room("messaging:early");
    try (RawSocket raw = RawSocket.upgraded(node.port(), null)) {
      write(
          raw,
          List.of(
              send(1, "messaging:early", "too soon"),
              "[]",
              "{\"id\":3,\"type\":\"connect\",\"token\":\"" + ada.token() + "\"}",
              send(4, "messaging:early", "in time"),
              "[]",
              watch(6, "messaging:early")));
      List<Map<String, Object>> replies = replies(raw, 6);
      assertThat(outcomes(replies))
          .containsExactly(
              "1 unauthenticated",
              "null badRequest",
              "3 connected",
              "4 ok",
              "null badRequest",
              "6 initialized");
      assertThat(String.valueOf(replies.get(5).get("messages")))
          .contains("in time")
          .doesNotContain("too soon");
    }
  }

  @Test
  void sendsToOtherRoomsDoNotWaitForOneRoomAndAreAnsweredInOrderAllTheSame() {
    List<String> others = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      others.add("messaging:beside-" + i);
      room(others.get(i));
    }
    room("messaging:held");
    ada.say("messaging:held", "first");
    try (SocketClient watcher = SocketClient.connect(node.port(), ada.token());
        RawSocket raw = RawSocket.upgraded(node.port(), ada.token())) {
      others.forEach(cid -> watcher.call("channel.watch", "channel", cid));
      List<String> frames = new ArrayList<>();
      frames.add(send(0, "messaging:held", "zero"));
      for (int i = 0; i < others.size(); i++) {
        frames.add(send(i + 1, others.get(i), "beside"));
      }
      try (HeldRoom held = new HeldRoom(node, "messaging:held")) {
        write(raw, frames);
        watcher.await("message.new");
      }
      List<Map<String, Object>> replies = replies(raw, frames.size());
      for (int i = 0; i < frames.size(); i++) {
        assertThat(replies.get(i)).containsEntry("id", i).containsEntry("type", "ok");
      }
    }
  }

  @Test
  void manySendsToManyRoomsKeepTheOrderOfEachRoomAndOfTheReplies() {
    int rooms = 7;
    int count = 700;
    for (int i = 0; i < rooms; i++) {
      room("messaging:many-" + i);
    }
    try (RawSocket raw = RawSocket.upgraded(node.port(), ada.token())) {
      List<String> frames = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String text = i % 10 == 0 ? "" : "n" + i;
        frames.add(send(i, "messaging:many-" + i * i % rooms, text));
      }
      write(raw, frames);
      List<Map<String, Object>> replies = replies(raw, count);
      long[] last = new long[rooms];
      for (int i = 0; i < count; i++) {
        Map<String, Object> reply = replies.get(i);
        assertThat(reply)
            .containsEntry("id", i)
            .containsEntry("type", i % 10 == 0 ? "error" : "ok");
        if (i % 10 != 0) {
          Map<?, ?> message = (Map<?, ?>) Objects.requireNonNull(reply.get("message"));
          long seq = ((Number) Objects.requireNonNull(message.get("seq"))).longValue();
          assertThat(seq).isGreaterThan(last[i * i % rooms]);
          last[i * i % rooms] = seq;
        }
      }
    }
  }
}
