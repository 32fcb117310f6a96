package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ChatSocketTest {
  private static Crewline node;
  private static Person dave;
  private static Person ada;
  private static Person kim;
  private static int rooms;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    dave = Person.member(node, "dave");
    ada = Person.member(node, "ada");
    kim = Person.member(node, "kim");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static synchronized String room(boolean isPrivate) {
    String id = "socket-" + ++rooms;
    assertThat(
            dave.post(
                    "/api/rooms",
                    "{\"id\":\"%s\",\"private\":%s,\"members\":[\"ada\"]}".formatted(id, isPrivate))
                .status())
        .isEqualTo(201);
    return "messaging:" + id;
  }

  private static SocketClient connect(Person person) {
    SocketClient client = SocketClient.connect(node.port(), null);
    Map<String, Object> connected = client.call("connect", "token", person.token());
    assertThat(connected).containsEntry("type", "connected");
    return client;
  }

  private static SocketClient watch(Person person, String cid) {
    SocketClient client = connect(person);
    Map<String, Object> initialized = client.call("channel.watch", "channel", cid);
    assertThat(initialized).containsEntry("type", "initialized");
    return client;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Map<String, Object> from, String name) {
    return (Map<String, Object>) Objects.requireNonNull(from.get(name), () -> name + " of " + from);
  }

  private static Object code(Map<String, Object> reply) {
    assertThat(reply).containsEntry("type", "error");
    return String.valueOf(object(reply, "error").get("code"));
  }

  private static long seq(Map<String, Object> event) {
    return ((Number) Objects.requireNonNull(event.get("seq"))).longValue();
  }

  @Test
  void twoPeopleChat() {
    String cid = room(false);
    try (SocketClient first = watch(dave, cid);
        SocketClient second = watch(ada, cid)) {
      Map<String, Object> reply =
          first.call("sendMessage", "channel", cid, "text", "hello", "clientId", "c1");
      assertThat(reply).containsEntry("type", "ok").doesNotContainKey("duplicate");
      Map<String, Object> sent = object(reply, "message");
      for (SocketClient watcher : List.of(first, second)) {
        Map<String, Object> event = watcher.await("message.new");
        assertThat(event)
            .containsOnlyKeys("type", "topic", "seq", "epoch", "at", "data")
            .containsEntry("topic", "room:" + cid)
            .containsEntry("seq", sent.get("seq"));
        assertThat(object(event, "data")).containsEntry("message", sent);
      }
      assertThat(second.call("countUnread", "channel", cid))
          .containsEntry("total", 1)
          .containsEntry("channels", Map.of(cid, 1));
      assertThat(second.call("markRead", "channel", cid)).containsEntry("unread", 0);
      Map<String, Object> read = first.await("message.read");
      assertThat(object(read, "data"))
          .containsEntry("messageId", sent.get("id"))
          .containsEntry("user", Map.of("id", "ada", "name", "ada"));
      assertThat(object(second.call("countUnread"), "channels")).containsEntry(cid, 0);
      assertThat(code(first.call("sendMessage", "channel", cid, "text", "again", "clientId", "c1")))
          .isEqualTo("conflict");
      assertThat(first.call("sendMessage", "channel", cid, "text", "hello", "clientId", "c1"))
          .containsEntry("duplicate", true)
          .containsEntry("message", sent);
    }
  }

  @Test
  void theWholePlanWorksWithAuthNone() {
    try (Crewline open = TestNode.start(Map.of("CREWLINE_AUTH", "none"));
        SocketClient first = SocketClient.connect(open.port(), null);
        SocketClient second = SocketClient.connect(open.port(), null)) {
      assertThat(object(first.call("connect", "userID", "dave"), "user"))
          .containsEntry("id", "dave");
      second.call("connect", "userID", "ada");
      for (SocketClient client : List.of(first, second)) {
        assertThat(client.call("channel.watch", "channel", "messaging:general"))
            .containsEntry("type", "initialized");
      }
      for (int i = 0; i < 10; i++) {
        first.call("sendMessage", "channel", "messaging:general", "text", "m" + i);
      }
      for (SocketClient client : List.of(first, second)) {
        for (int i = 0; i < 10; i++) {
          assertThat(client.await("message.new").toString()).contains("text=m" + i);
        }
      }
      assertThat(second.call("countUnread", "channel", "messaging:general"))
          .containsEntry("total", 10);
      assertThat(second.call("markRead", "channel", "messaging:general"))
          .containsEntry("unread", 0);
    }
  }

  @Test
  void connectedTellsWhoLimitsAndWhatIsUnread() {
    String cid = room(false);
    dave.say(cid, "for ada");
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      Map<String, Object> connected = client.call("connect", "token", ada.token());
      assertThat(connected)
          .containsKeys("user", "sessionId", "serverTime", "pingIntervalMs", "limits", "resumed");
      assertThat(object(connected, "limits")).containsEntry("maxFrameBytes", 65536);
      assertThat(object(object(connected, "unread"), "channels")).containsEntry(cid, 1);
      assertThat(code(client.call("connect", "token", ada.token()))).isEqualTo("badRequest");
    }
  }

  @Test
  void watchingTellsTheRoomItsMembersMessagesAndPosition() {
    String cid = room(false);
    dave.say(cid, "one");
    dave.say(cid, "two");
    try (SocketClient client = connect(ada)) {
      Map<String, Object> initialized = client.call("channel.watch", "channel", cid, "limit", 1);
      assertThat(initialized)
          .containsOnlyKeys(
              "id", "type", "channel", "members", "messages", "read", "unread", "topic", "position")
          .containsEntry("unread", 2)
          .containsEntry("topic", "room:" + cid);
      assertThat(object(initialized, "channel")).containsEntry("cid", cid);
      assertThat(String.valueOf(initialized.get("messages"))).contains("two").doesNotContain("one");
    }
  }

  @Test
  void watchingAMissingRoomCreatesAPublicOneOfTheCallers() {
    try (SocketClient client = connect(dave);
        SocketClient other = connect(ada)) {
      assertThat(client.call("channel.watch", "channel", "messaging:made-by-watching"))
          .containsEntry("type", "initialized");
      other.call("channel.watch", "channel", "messaging:made-by-watching");
      client.await(
          "ada joining",
          event -> "member.added".equals(event.get("type")) && event.toString().contains("id=ada"));
    }
    assertThat(dave.items("/api/rooms/messaging:made-by-watching/members").toString())
        .contains("id=ada", "role=member", "id=dave", "role=owner");
  }

  @Test
  void editsDeletionsAndReactionsReachWatchers() {
    String cid = room(false);
    try (SocketClient writer = watch(dave, cid);
        SocketClient reader = watch(ada, cid)) {
      Object id =
          object(writer.call("sendMessage", "channel", cid, "text", "draft"), "message").get("id");
      assertThat(
              writer.call(
                  "updateMessage", "messageId", Objects.requireNonNull(id), "text", "final"))
          .containsEntry("type", "ok");
      assertThat(reader.await("message.updated").toString()).contains("text=final");
      reader.call("addReaction", "messageId", id, "reaction", "👍");
      assertThat(writer.await("reaction.new").toString()).contains("👍=[ada]");
      reader.call("addReaction", "messageId", id, "reaction", "👍");
      writer.call("updateMessage", "messageId", id, "text", "final");
      reader.call("removeReaction", "messageId", id, "reaction", "👍");
      assertThat(writer.await("reaction.deleted").toString()).contains("reactions={}");
      writer.call("deleteMessage", "messageId", String.valueOf(id));
      assertThat(reader.await("message.deleted").toString()).contains("deletedAt");
      assertThat(reader.received())
          .filteredOn(
              event -> List.of("reaction.new", "message.updated").contains(event.get("type")))
          .as("the same text again makes no event, the same reaction none but the first")
          .hasSize(1);
      assertThat(code(reader.call("updateMessage", "messageId", id, "text", "x")))
          .isEqualTo("conflict");
    }
  }

  @Test
  void readingOnOneDeviceIsSeenOnTheOthers() {
    String cid = room(false);
    dave.say(cid, "news");
    try (SocketClient phone = watch(ada, cid);
        SocketClient laptop = connect(ada)) {
      phone.call("markRead", "channel", cid);
      Map<String, Object> event = laptop.await("message.read");
      assertThat(event).containsEntry("topic", "user:ada");
      assertThat(object(event, "data")).containsEntry("channel", cid);
    }
  }

  @Test
  void unwatchingEndsTheEvents() {
    String cid = room(false);
    try (SocketClient client = watch(ada, cid);
        SocketClient witness = watch(kim, cid)) {
      assertThat(client.call("channel.unwatch", "channel", cid)).containsEntry("type", "ok");
      dave.say(cid, "unheard");
      witness.await("message.new");
      client.call("countUnread");
      assertThat(client.received()).noneMatch(event -> "message.new".equals(event.get("type")));
    }
  }

  @Test
  void nonMemberCannotWatchOrReadAPrivateRoom() {
    String cid = room(true);
    long message = dave.say(cid, "secret");
    try (SocketClient client = connect(kim)) {
      assertThat(code(client.call("channel.watch", "channel", cid))).isEqualTo("notFound");
      assertThat(code(client.call("sendMessage", "channel", cid, "text", "x")))
          .isEqualTo("notFound");
      assertThat(code(client.call("markRead", "channel", cid))).isEqualTo("notFound");
      assertThat(code(client.call("countUnread", "channel", cid))).isEqualTo("notFound");
      assertThat(code(client.call("deleteMessage", "messageId", message))).isEqualTo("notFound");
    }
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      Map<String, Object> connected =
          client.call("connect", "token", kim.token(), "resume", Map.of("room:" + cid, "abc:0"));
      assertThat(object(connected, "resumed")).doesNotContainKey("room:" + cid);
      assertThat(client.await("removed")).containsEntry("topic", "room:" + cid);
    }
  }

  @Test
  void aRemovedMemberHearsOfItAndThenNothingMore() {
    String cid = room(true);
    try (SocketClient member = watch(ada, cid);
        SocketClient owner = watch(dave, cid)) {
      dave.call("DELETE", "/api/rooms/" + cid + "/members/ada", "");
      dave.say(cid, "now we can talk");
      owner.await("message.new");
      member.await("member.removed");
      assertThat(member.await("removed")).containsEntry("topic", "room:" + cid);
      assertThat(code(member.call("channel.watch", "channel", cid))).isEqualTo("notFound");
      assertThat(member.received()).noneMatch(event -> "message.new".equals(event.get("type")));
    }
  }

  @Test
  void aRoomThatBecomesPrivateIsWatchedAnewByMembersOnly() {
    String cid = room(false);
    try (SocketClient member = watch(ada, cid);
        SocketClient guest = watch(kim, cid)) {
      dave.call("DELETE", "/api/rooms/" + cid + "/members/kim", "");
      guest.await("removed");
      guest.call("channel.watch", "channel", cid);
      dave.call("DELETE", "/api/rooms/" + cid + "/members/kim", "");
      dave.call("PATCH", "/api/rooms/" + cid, "{\"private\":true}");
      member.await("reset");
      assertThat(member.call("channel.watch", "channel", cid)).containsEntry("type", "initialized");
      assertThat(code(guest.call("channel.watch", "channel", cid))).isEqualTo("notFound");
    }
  }

  @Test
  void aDeletedRoomIsRemovedFromItsWatchers() {
    String cid = room(false);
    try (SocketClient client = watch(ada, cid)) {
      dave.call("DELETE", "/api/rooms/" + cid, "");
      client.await("room.deleted");
      client.await("removed");
    }
  }

  @Test
  void whatWasMissedIsResumedInOrderThenLive() {
    String cid = room(false);
    String topic = "room:" + cid;
    SocketClient before = connect(ada);
    String position = String.valueOf(before.call("channel.watch", "channel", cid).get("position"));
    before.abort();
    for (int i = 0; i < 700; i++) {
      dave.say(cid, "missed " + i);
    }
    try (SocketClient after = SocketClient.connect(node.port(), null)) {
      Map<String, Object> connected =
          after.call("connect", "token", ada.token(), "resume", Map.of(topic, position));
      assertThat(object(connected, "resumed")).containsEntry(topic, "ok");
      dave.say(cid, "live");
      for (int i = 0; i < 700; i++) {
        assertThat(after.await("message.new").toString()).contains("text=missed " + i + ",");
      }
      assertThat(after.await("message.new").toString()).contains("text=live");
    }
  }

  @Test
  void watchingWithAPositionRecoversInsteadOfASnapshot() {
    String cid = room(false);
    try (SocketClient client = watch(ada, cid)) {
      String position =
          String.valueOf(client.call("channel.watch", "channel", cid).get("position"));
      client.call("channel.unwatch", "channel", cid);
      dave.say(cid, "missed");
      Map<String, Object> recovered =
          client.call("channel.watch", "channel", cid, "after", position);
      assertThat(recovered)
          .containsEntry("recovered", true)
          .containsEntry("position", position)
          .containsEntry("messages", List.of());
      assertThat(client.await("message.new").toString()).contains("text=missed");
      Map<String, Object> reset = client.call("channel.watch", "channel", cid, "after", "othere:1");
      assertThat(reset).containsEntry("recovered", false);
      assertThat(reset.get("messages")).asString().contains("missed");
    }
  }

  @Test
  void aPositionThatNoLongerFitsIsReset() {
    String cid = room(false);
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      Map<String, Object> connected =
          client.call(
              "connect",
              "token",
              ada.token(),
              "resume",
              Map.of("room:" + cid, "0123456789ab:7", "user:ada", "0123456789ab:1"));
      assertThat(object(connected, "resumed"))
          .containsEntry("room:" + cid, "reset")
          .containsEntry("user:ada", "reset");
    }
  }

  @Test
  void sendsOfOneClientAreCommittedInTheirOrder() {
    String cid = room(false);
    try (SocketClient client = watch(dave, cid)) {
      List<CompletableFuture<Map<String, Object>>> replies = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        replies.add(client.send(Map.of("type", "sendMessage", "channel", cid, "text", "n" + i)));
      }
      long last = 0;
      for (CompletableFuture<Map<String, Object>> reply : replies) {
        long seq = seq(object(reply.join(), "message"));
        assertThat(seq).isGreaterThan(last);
        last = seq;
      }
      for (int i = 0; i < 1000; i++) {
        assertThat(client.await("message.new").toString()).contains("text=n" + i + ",");
      }
    }
  }

  @Test
  void aCommandAfterASendSeesWhatTheSendDid() {
    String cid = room(false);
    try (SocketClient client = watch(ada, cid)) {
      dave.say(cid, "unread until ada sends");
      CompletableFuture<Map<String, Object>> sent =
          client.send(Map.of("type", "sendMessage", "channel", cid, "text", "x"));
      assertThat(client.call("countUnread", "channel", cid)).containsEntry("total", 0);
      assertThat(sent).isCompleted();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'type':'sendMessage'}|badRequest",
        "{'type':'sendMessage','channel':'x','text':'t'}|badRequest",
        "{'type':'sendMessage','channel':'messaging:none','text':'t'}|notFound",
        "{'type':'sendMessage','channel':'messaging:none','text':' '}|badRequest",
        "{'type':'sendMessage','channel':5,'text':'t'}|badRequest",
        "{'type':'channel.watch'}|badRequest",
        "{'type':'channel.watch','channel':'messaging:w','limit':201}|badRequest",
        "{'type':'channel.watch','channel':'messaging:w','limit':'x'}|badRequest",
        "{'type':'channel.watch','channel':'messaging:w','after':'nonsense'}|badRequest",
        "{'type':'updateMessage','messageId':1}|badRequest",
        "{'type':'updateMessage','messageId':99999999999999999999999,'text':'x'}|badRequest",
        "{'type':'updateMessage','messageId':1e999999,'text':'x'}|badRequest",
        "{'type':'updateMessage','messageId':1.5,'text':'x'}|badRequest",
        "{'type':'deleteMessage','messageId':987654321}|notFound",
        "{'type':'markRead','channel':'messaging:none'}|notFound",
        "{'type':'nonsense'}|unknownCommand",
        "{'type':'refresh','token':'x'}|unauthenticated",
      })
  void badCommandsAreRefusedAndTheConnectionStays(String frame, String code) {
    try (SocketClient client = connect(dave)) {
      Map<String, Object> command =
          SocketClient.parse(frame.replace('\'', '"').replace("1e999999", "0.5"));
      assertThat(code(client.call(command))).isEqualTo(code);
      assertThat(client.call("countUnread")).containsEntry("type", "ok");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"channel.watch", "sendMessage", "countUnread", "markRead", "refresh"})
  void nothingWorksBeforeConnect(String type) {
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      assertThat(
              code(client.call(type, "channel", "messaging:x", "text", "x", "token", dave.token())))
          .isEqualTo("unauthenticated");
    }
  }

  @Test
  void aTokenOnTheUpgradeNeedsNoConnect() {
    String cid = room(false);
    try (SocketClient client = SocketClient.connect(node.port(), ada.token())) {
      assertThat(client.call("channel.watch", "channel", cid)).containsEntry("type", "initialized");
      dave.say(cid, "hi");
      client.await("message.new");
    }
  }

  @Test
  void asManyTopicsCanBeResumedAsWatched() {
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      assertThat(code(client.call("connect", "token", dave.token(), "resume", unknownRooms(501))))
          .isEqualTo("badRequest");
      assertThat(client.call("connect", "token", dave.token(), "resume", unknownRooms(500)))
          .containsEntry("type", "connected");
      for (int i = 0; i < 500; i++) {
        client.await("removed");
      }
    }
  }

  private static Map<String, String> unknownRooms(int count) {
    Map<String, String> rooms = new HashMap<>();
    for (int i = 0; i < count; i++) {
      rooms.put("room:messaging:unknown-" + i, "0123456789ab:1");
    }
    return rooms;
  }
}
