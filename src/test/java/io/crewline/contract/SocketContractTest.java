package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What {@code /asyncapi.yml} promises is what a socket says, and nothing else. */
final class SocketContractTest {
  private static final String CID = "messaging:general";

  /**
   * Codes that no reply of a healthy node has here: a frame that is too large ends the connection,
   * and {@link RestAwayTest} has what a node answers without its database.
   */
  private static final Set<String> OTHER_CODES = Set.of("tooLarge", "internal", "unavailable");

  private static Crewline node;
  private static ApiDocument document;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    document = ApiDocument.load(node, "/asyncapi.yml");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void everyFrameIsAsDocumentedAndLooksLikeItsFile() {
    FrameJudge judge = new FrameJudge(document);
    Map<String, String> frames = new LinkedHashMap<>();
    chat(judge, frames);
    account(judge, frames);
    fleeting(judge, frames);
    notifications(judge, frames);
    tasks(judge, frames);
    confirmations(judge, frames);
    notices(judge);
    tooManyCommands(judge);
    assertThat(judge.faults()).isEmpty();
    assertThat(judge.missing()).isEmpty();
    assertThat(judge.missingCodes()).containsExactlyInAnyOrderElementsOf(OTHER_CODES);
    Map<String, String> files = new LinkedHashMap<>();
    frames.keySet().forEach(name -> files.put(name, GoldenFrame.file(name)));
    assertThat(frames).isEqualTo(files);
  }

  @Test
  void examplesFitTheirSchemasAndQuoteTheFiles() {
    FrameJudge judge = new FrameJudge(document);
    List<String> faults = new ArrayList<>();
    JsonNode messages = document.root().at("/components/messages");
    for (String name : ApiDocument.fieldNames(messages)) {
      JsonNode examples = messages.path(name).path("examples");
      if (examples.isEmpty()) {
        faults.add(name + " has no example");
      }
      for (JsonNode example : examples) {
        String named = example.path("name").asText();
        JsonNode payload = example.path("payload");
        document
            .faults(judge.payload(name), payload)
            .forEach(fault -> faults.add(name + ", example " + named + ": " + fault));
        boolean isCommand = named.equals("command");
        if (!isCommand && !payload.equals(ApiDocument.parse(GoldenFrame.file(named)))) {
          faults.add(name + ": the example is not the file " + named);
        }
      }
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void aFrameThatIsNotAsDocumentedIsNoticed() {
    FrameJudge judge = new FrameJudge(document);
    judge.pushed(ApiDocument.parse(GoldenFrame.file("message.new").replace("clientId", "client")));
    judge.pushed(ApiDocument.parse(GoldenFrame.file("ping").replace("ping", "pang")));
    judge.pushed(ApiDocument.parse("{\"type\":\"ping\",\"extra\":1}"));
    judge.pushed(ApiDocument.parse("{\"type\":\"reset\"}"));
    judge.pushed(ApiDocument.parse(GoldenFrame.file("tokenExpiring").replace("2026", "the year")));
    assertThat(judge.faults()).hasSize(5);
  }

  @Test
  void everyMessageBelongsToTheChannelAndToAnOperation() {
    List<String> messages = ApiDocument.fieldNames(document.root().at("/components/messages"));
    assertThat(ApiDocument.fieldNames(document.root().at("/channels/ws/messages")))
        .isEqualTo(messages);
    String operations = document.root().path("operations").toString();
    assertThat(messages)
        .allMatch(name -> operations.contains("\"#/channels/ws/messages/" + name + "\""));
    for (String name : messages) {
      JsonNode reference = document.root().at("/channels/ws/messages").path(name);
      assertThat(document.resolve(reference).path("name").asText()).isEqualTo(name);
    }
  }

  private static RecordedSocket open(Person person, FrameJudge judge) {
    return new RecordedSocket(SocketClient.connect(node.port(), person.token()), judge);
  }

  /** Every command and event, one after another, so that each run gives the same frames. */
  private static void chat(FrameJudge judge, Map<String, String> frames) {
    GoldenFrame golden = new GoldenFrame();
    Person dave = Person.member(node, "dave");
    Person ada = Person.member(node, "ada");
    String position;
    try (RecordedSocket writer = open(dave, judge);
        RecordedSocket reader = open(ada, judge)) {
      writer.call("channel.watch", "channel", CID);
      reader.call("channel.watch", "channel", CID, "limit", 10);
      keep(
          frames,
          golden,
          writer.await("member.added", event -> event.toString().contains("\"ada\"")));
      JsonNode sent =
          writer.call("sendMessage", "channel", CID, "text", "@ada hello", "clientId", "c1");
      frames.put("ok.sendMessage", golden.normalised(sent));
      keep(frames, golden, reader.await("message.new"));
      frames.put(
          "ok.sendMessage.duplicate",
          golden.normalised(
              writer.call("sendMessage", "channel", CID, "text", "@ada hello", "clientId", "c1")));
      JsonNode id = sent.at("/message/id");
      reader.call("sendMessage", "channel", CID, "text", "hello dave", "replyTo", id);
      frames.put(
          "ok.updateMessage",
          golden.normalised(
              writer.call("updateMessage", "messageId", id, "text", "@ada good morning")));
      keep(frames, golden, reader.await("message.updated"));
      frames.put(
          "ok.addReaction",
          golden.normalised(reader.call("addReaction", "messageId", id, "reaction", "👍")));
      keep(frames, golden, writer.await("reaction.new"));
      frames.put(
          "initialized",
          golden.normalised(reader.call("channel.watch", "channel", CID, "limit", 2)));
      reader.call("removeReaction", "messageId", id, "reaction", "👍");
      keep(frames, golden, writer.await("reaction.deleted"));
      frames.put("ok.countUnread", golden.normalised(writer.call("countUnread")));
      writer.call("countUnread", "channel", CID);
      frames.put("ok.markRead", golden.normalised(writer.call("markRead", "channel", CID)));
      keep(
          frames,
          golden,
          reader.await("message.read", event -> event.toString().contains("\"dave\"")));
      writer.await("message.read", event -> event.path("topic").asText().equals("user:dave"));
      frames.put(
          "ok.deleteMessage", golden.normalised(writer.call("deleteMessage", "messageId", id)));
      JsonNode deleted = reader.await("message.deleted");
      keep(frames, golden, deleted);
      position = deleted.path("epoch").asText() + ":" + deleted.path("seq").asLong();
      frames.put(
          "error.conflict",
          golden.normalised(writer.call("updateMessage", "messageId", id, "text", "too late")));
      reader.call("channel.unwatch", "channel", CID);
      refused(writer, ada);
      frames.put("ok.refresh", golden.normalised(writer.call("refresh", "token", dave.token())));
      frames.put("error.fields", golden.normalised(writer.call("sendMessage")));
    }
    resumed(judge, frames, golden, dave, ada, position);
    membersAndRooms(judge, frames, golden, dave, ada);
  }

  private static void keep(Map<String, String> frames, GoldenFrame golden, JsonNode frame) {
    frames.put(frame.path("type").asText(), golden.normalised(frame));
  }

  /** More than a session may send in two seconds. */
  private static void tooManyCommands(FrameJudge judge) {
    try (Crewline strict = TestNode.start(Map.of("CREWLINE_LIMIT_SESSION", "2"));
        RecordedSocket client =
            new RecordedSocket(
                SocketClient.connect(strict.port(), Person.member(strict, "kim").token()), judge)) {
      List<String> codes = new ArrayList<>();
      while (!codes.contains("rateLimited")) {
        codes.add(code(client.call("countUnread")));
        assertThat(codes).hasSizeLessThan(100);
      }
    }
  }

  private static void refused(RecordedSocket socket, Person other) {
    assertThat(code(socket.call("nonsense"))).isEqualTo("unknownCommand");
    assertThat(code(socket.call("sendMessage", "channel", CID))).isEqualTo("badRequest");
    assertThat(code(socket.call("channel.watch", "channel", "NO"))).isEqualTo("badRequest");
    assertThat(code(socket.call("markRead", "channel", "messaging:no"))).isEqualTo("notFound");
    assertThat(code(socket.call("refresh", "token", "none"))).isEqualTo("unauthenticated");
    assertThat(code(socket.call("refresh", "token", other.token()))).isEqualTo("forbidden");
    assertThat(code(socket.misuse("[]"))).isEqualTo("badRequest");
    assertThat(code(socket.misuse("{\"id\":7}"))).isEqualTo("badRequest");
  }

  private static String code(JsonNode reply) {
    return reply.at("/error/code").asText();
  }

  private static void resumed(
      FrameJudge judge,
      Map<String, String> frames,
      GoldenFrame golden,
      Person dave,
      Person ada,
      String position) {
    dave.say(CID, "missed");
    try (RecordedSocket client =
        new RecordedSocket(SocketClient.connect(node.port(), null), judge)) {
      assertThat(code(client.call("countUnread"))).isEqualTo("unauthenticated");
      frames.put(
          "connected.resumed",
          golden.normalised(
              client.call(
                  "connect", "token", ada.token(), "resume", Map.of("room:" + CID, position))));
      client.await("message.new");
      frames.put(
          "initialized.recovered",
          golden.normalised(client.call("channel.watch", "channel", CID, "after", position)));
      client.await("message.new");
    }
    try (RecordedSocket client =
        new RecordedSocket(SocketClient.connect(node.port(), dave.token()), judge)) {
      frames.put("connected", golden.normalised(client.call("connect")));
    }
  }

  private static void membersAndRooms(
      FrameJudge judge, Map<String, String> frames, GoldenFrame golden, Person dave, Person ada) {
    String room = "/api/rooms/" + CID;
    try (RecordedSocket owner = open(dave, judge);
        RecordedSocket member = open(ada, judge)) {
      owner.call("channel.watch", "channel", CID);
      member.call("channel.watch", "channel", CID);
      dave.call("DELETE", room + "/members/ada", "");
      keep(frames, golden, owner.await("member.removed"));
      member.await("removed");
      member.await("member.removed", event -> event.toString().contains("user:ada"));
      dave.call("PATCH", room, "{\"name\":\"Everything\",\"private\":true}");
      keep(frames, golden, owner.await("room.updated"));
      owner.await("reset");
      owner.call("channel.watch", "channel", CID);
      dave.call("DELETE", room, "");
      keep(frames, golden, owner.await("room.deleted"));
      owner.await("removed");
    }
  }

  /** What changes about the user, on a socket of their own. */
  private static void account(FrameJudge judge, Map<String, String> frames) {
    Rest rest = new Rest(node);
    String lin = "{\"username\":\"lin\",\"password\":\"password-of-lin\"}";
    rest.post("/api/users", lin, "Authorization", "Bearer " + Person.admin(node).token());
    Rest.Answer login = rest.post("/api/token", lin);
    try (RecordedSocket socket =
        new RecordedSocket(SocketClient.connect(node.port(), login.text("access")), judge)) {
      socket.call("countUnread");
      rest.call(
          "PATCH",
          "/api/me",
          "{\"displayName\":\"Lin\"}",
          "Content-Type",
          "application/json",
          "Authorization",
          "Bearer " + login.text("access"));
      GoldenFrame golden = new GoldenFrame();
      keep(frames, golden, socket.await("user.updated"));
      rest.post("/api/token/revoke", "{\"refresh\":\"" + login.text("refresh") + "\"}");
      keep(frames, golden, socket.await("login.ended"));
    }
  }

  /** What a user is told, read by commands. */
  private static void notifications(FrameJudge judge, Map<String, String> frames) {
    GoldenFrame golden = new GoldenFrame();
    Person ann = Person.member(node, "ann");
    Person bea = Person.member(node, "bea");
    ann.post("/api/rooms", "{\"id\":\"desk\",\"members\":[\"bea\"]}");
    try (RecordedSocket socket = open(bea, judge)) {
      ann.say("messaging:desk", "hello @bea");
      JsonNode told = socket.await("notification.new");
      keep(frames, golden, told);
      frames.put("ok.notifications.list", golden.normalised(socket.call("notifications.list")));
      List<Long> ids = List.of(told.at("/data/notification/id").longValue());
      frames.put(
          "ok.notifications.markRead",
          golden.normalised(socket.call("notifications.markRead", "ids", ids)));
      keep(frames, golden, socket.await("notification.read"));
      assertThat(code(socket.call("notifications.markRead"))).isEqualTo("badRequest");
    }
  }

  /** Who types and who is online. */
  private static void fleeting(FrameJudge judge, Map<String, String> frames) {
    GoldenFrame golden = new GoldenFrame();
    String hall = "messaging:hall";
    Person ada = Person.member(node, "ada");
    Person kim = Person.member(node, "kim");
    try (RecordedSocket watcher = open(ada, judge)) {
      watcher.call("channel.watch", "channel", hall);
      kim.post("/api/rooms/" + hall + "/members", "{\"members\":[\"kim\"]}");
      try (RecordedSocket other = open(kim, judge)) {
        keep(frames, golden, watcher.await("presence.changed", SocketContractTest::isKims));
        frames.put("ok.presence", golden.normalised(watcher.call("presence", "channel", hall)));
        other.call("typing.start", "channel", hall);
        keep(frames, golden, watcher.await("typing.start"));
        other.call("typing.stop", "channel", hall);
        keep(frames, golden, watcher.await("typing.stop"));
      }
      frames.put(
          "presence.changed.offline",
          golden.normalised(watcher.await("presence.changed", SocketContractTest::isKims)));
      frames.put(
          "ok.presence.users",
          golden.normalised(watcher.call("presence", "users", List.of("kim", "ada"))));
      addStrangers(hall, 100);
      try (RecordedSocket other = open(kim, judge)) {
        frames.put(
            "presence.changed.count",
            golden.normalised(
                watcher.await("presence.changed", event -> event.at("/data/channel").isTextual())));
      }
    }
  }

  private static boolean isKims(JsonNode event) {
    return event.path("topic").asText().equals("user:kim");
  }

  private static void addStrangers(String cid, int count) {
    Database database = node.context().getBean(Database.class);
    database.transaction(
        () -> {
          database.update(
              """
              INSERT INTO account (username, display_name, role)
              SELECT 'stranger-' || n, 'Stranger', 'member' FROM generate_series(1, ?) n
              """,
              count);
          database.update(
              """
              INSERT INTO room_member (cid, username, read_seq, joined_at)
              SELECT ?, 'stranger-' || n, 0, now() FROM generate_series(1, ?) n
              """,
              cid,
              count);
        });
  }

  /** Tasks, as a manager sees them and as a member does. */
  private static void tasks(FrameJudge judge, Map<String, String> frames) {
    GoldenFrame golden = new GoldenFrame();
    Person boss = Person.manager(node, "boss");
    Person ada = Person.member(node, "ada");
    boss.post("/api/systems", "{\"name\":\"Pump 3\"}");
    boss.post("/api/employees", "{\"name\":\"Ada Lovelace\",\"username\":\"ada\"}");
    try (RecordedSocket manager = open(boss, judge);
        RecordedSocket member = open(ada, judge)) {
      manager.call("tasks.watch");
      String begin = member.call("tasks.watch").path("position").asText();
      boss.post(
          "/api/tasks",
          """
          {"title":"Change the seal","systemId":1,"employeeId":1,"dueAt":"2026-03-01T12:00:00Z"}
          """);
      frames.put("task.created", golden.normalised(member.await("task:created")));
      ada.call("PATCH", "/api/tasks/1", "{\"status\":\"inProgress\"}");
      frames.put("task.updated", golden.normalised(manager.await("task:updated")));
      boss.post("/api/tasks/1/notes", "{\"text\":\"The spare part is in hall 2.\"}");
      member.await("task:updated", event -> event.toString().contains("spare part"));
      frames.put("initialized.tasks", golden.normalised(manager.call("tasks.watch", "limit", 10)));
      boss.call("PATCH", "/api/tasks/1", "{\"employeeId\":null}");
      member.await("task:deleted");
      boss.call("DELETE", "/api/tasks/1", "");
      frames.put("task.deleted", golden.normalised(manager.await("task:deleted")));
      member.await("position");
      frames.put(
          "initialized.tasks.recovered",
          golden.normalised(member.call("tasks.watch", "after", begin)));
      assertThat(code(member.call("tasks.watch", "after", "x"))).isEqualTo("badRequest");
    }
  }

  /** What the maker of a link is told. */
  private static void confirmations(FrameJudge judge, Map<String, String> frames) {
    GoldenFrame golden = new GoldenFrame();
    Person mara = Person.manager(node, "mara");
    mara.post("/api/employees", "{\"name\":\"Kim Field\"}");
    mara.post("/api/tasks", "{\"title\":\"Change the seal\",\"employeeId\":2}");
    try (RecordedSocket maker = open(mara, judge)) {
      maker.call("countUnread");
      Rest.Answer link = mara.post("/api/confirmations", "{\"employeeId\":2,\"taskIds\":[2]}");
      new Rest(node).post("/api/confirm/" + link.text("token") + "/acknowledge", "");
      keep(frames, golden, maker.await("confirmation.updated"));
    }
  }

  /** What comes by itself: pings, the end of the token, and that of the node. */
  private static void notices(FrameJudge judge) {
    Map<String, String> settings =
        Map.of("CREWLINE_PING_INTERVAL", "300ms", "CREWLINE_ACCESS_TOKEN_TTL", "50s");
    try (Crewline impatient = TestNode.start(settings);
        RecordedSocket client =
            new RecordedSocket(
                SocketClient.connect(impatient.port(), Person.member(impatient, "kim").token()),
                judge)) {
      client.await("ping");
      client.tell("pong");
      client.await("tokenExpiring");
      impatient.close();
      client.await("goingAway");
    }
  }
}
