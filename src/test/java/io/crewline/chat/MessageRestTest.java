package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MessageRestTest {
  private static Crewline node;
  private static Person dave;
  private static Person ada;
  private static Person boss;
  private static int rooms;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    dave = Person.member(node, "dave");
    ada = Person.member(node, "ada");
    boss = Person.manager(node, "boss");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  /** A public room of dave's and ada's. */
  private static synchronized String room() {
    String id = "room-" + ++rooms;
    assertThat(dave.post("/api/rooms", "{\"id\":\"" + id + "\",\"members\":[\"ada\"]}").status())
        .isEqualTo(201);
    return "messaging:" + id;
  }

  private static Answer send(Person author, String cid, String body) {
    return author.post("/api/rooms/" + cid + "/messages", body);
  }

  private static List<Object> texts(List<Map<String, Object>> messages) {
    return messages.stream().map(message -> message.get("text")).toList();
  }

  @Test
  void aMessageHasTheDocumentedShape() {
    String cid = room();
    Answer sent = send(dave, cid, "{\"text\":\"hi @ada, @nobody\",\"clientId\":\"c-1\"}");
    assertThat(sent.status()).isEqualTo(201);
    assertThat(sent.json())
        .containsOnlyKeys(
            "id",
            "channel",
            "seq",
            "user",
            "text",
            "clientId",
            "attachments",
            "reactions",
            "mentions",
            "createdAt")
        .containsEntry("channel", cid)
        .containsEntry("user", Map.of("id", "dave", "name", "dave"))
        .containsEntry("mentions", List.of("ada"))
        .containsEntry("clientId", "c-1");
  }

  @Test
  void aRepeatedSendReturnsTheFirstMessage() {
    String cid = room();
    Answer first = send(dave, cid, "{\"text\":\"one\",\"clientId\":\"same\"}");
    Answer other = send(dave, cid, "{\"text\":\"other text\",\"clientId\":\"same\"}");
    assertThat(other.status()).as("another text").isEqualTo(409);
    assertThat(other.text("code")).isEqualTo("conflict");
    String reply = "{\"text\":\"one\",\"clientId\":\"same\",\"replyTo\":%s}";
    assertThat(send(dave, cid, reply.formatted(first.field("id"))).status()).isEqualTo(409);
    Answer again = send(dave, cid, "{\"text\":\"one\",\"clientId\":\"same\"}");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.json()).isEqualTo(first.json());
    assertThat(send(ada, cid, "{\"text\":\"two\",\"clientId\":\"same\"}").status())
        .as("another author's clientId is another one")
        .isEqualTo(201);
    assertThat(dave.items("/api/rooms/" + cid + "/messages")).hasSize(2);
  }

  @Test
  void manySendsOfOneClientIdAtOnceMakeOneMessage() throws Exception {
    String cid = room();
    List<Callable<Answer>> sends =
        Collections.nCopies(40, () -> send(dave, cid, "{\"text\":\"x\",\"clientId\":\"k\"}"));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Object> ids = new ArrayList<>();
      int created = 0;
      for (Future<Answer> answer : threads.invokeAll(sends)) {
        ids.add(answer.get().json().get("id"));
        created += answer.get().status() == 201 ? 1 : 0;
      }
      assertThat(ids).hasSize(40);
      assertThat(Map.of("ids", List.copyOf(new java.util.HashSet<>(ids))).get("ids")).hasSize(1);
      assertThat(created).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"text\":null}",
        "{\"text\":\"\"}",
        "{\"text\":\" \\n\\t \"}",
        "{\"text\":\"\\u200b\\ufeff\"}",
        "{\"text\":\"a\\u0000b\"}",
        "{\"text\":\"a\\u0007b\"}",
        "{\"text\":\"\\ud800\"}",
        "{\"text\":\"\\udc00x\"}",
        "{\"text\":5}",
        "{\"text\":[\"x\"]}",
        "{\"text\":\"x\",\"clientId\":\"\"}",
        "{\"text\":\"x\",\"clientId\":7}",
        "{\"text\":\"x\",\"replyTo\":99999999999999999999}",
        "{\"text\":\"x\",\"replyTo\":1.5}",
        "{\"text\":\"x\",\"replyTo\":123456789}",
        "{\"text\":\"x\",\"attachments\":[{\"id\":\"1\"}]}"
      })
  void aMessageThatBreaksARuleIsRefusedAndNotStored(String body) {
    String cid = room();
    Answer answer = send(dave, cid, body);
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.text("code")).isEqualTo("badRequest");
    assertThat(answer.json()).containsKey("errors");
    assertThat(dave.items("/api/rooms/" + cid + "/messages")).isEmpty();
  }

  @Test
  void deepJsonIsRefused() {
    String deep = "[".repeat(10_000) + "]".repeat(10_000);
    Answer answer = send(dave, room(), "{\"text\":\"x\",\"unknown\":" + deep + "}");
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
  }

  @Test
  void twentyThousandCharactersAreTheLongestTextAndUnknownFieldsAreIgnored() {
    String cid = room();
    String longest = "😀".repeat(20_000);
    assertThat(send(dave, cid, "{\"text\":\"" + longest + "\",\"new\":{\"a\":[1]}}").status())
        .isEqualTo(201);
    assertThat(send(dave, cid, "{\"text\":\"x" + longest + "\"}").status()).isEqualTo(400);
    assertThat(dave.items("/api/rooms/" + cid + "/messages").getFirst().get("text"))
        .isEqualTo(longest);
  }

  @Test
  void historyIsReadBeforeAfterAndAroundAMessage() {
    String cid = room();
    List<Long> ids = new ArrayList<>();
    for (int i = 1; i <= 9; i++) {
      ids.add(dave.say(cid, "m" + i));
    }
    String path = "/api/rooms/" + cid + "/messages?limit=3";
    assertThat(texts(dave.items(path))).containsExactly("m7", "m8", "m9");
    assertThat(texts(dave.items(path + "&before=" + ids.get(4)))).containsExactly("m2", "m3", "m4");
    assertThat(texts(dave.items(path + "&after=" + ids.get(4)))).containsExactly("m6", "m7", "m8");
    assertThat(texts(dave.items(path + "&around=" + ids.get(4)))).containsExactly("m4", "m5", "m6");
    assertThat(texts(dave.items(path + "&after=" + ids.getLast()))).isEmpty();
    assertThat(dave.get(path + "&before=" + dave.say(room(), "elsewhere")).status()).isEqualTo(400);
    assertThat(dave.get(path + "&before=1&after=1").status()).isEqualTo(400);
  }

  @Test
  void cursorsLeadThroughTheWholeHistoryBothWays() {
    String cid = room();
    long first = dave.say(cid, "m0");
    for (int i = 1; i <= 6; i++) {
      dave.say(cid, "m" + i);
    }
    String path = "/api/rooms/" + cid + "/messages?limit=2";
    assertThat(walk(path, path)).containsExactly("m5", "m6", "m3", "m4", "m1", "m2", "m0");
    assertThat(walk(path, path + "&after=" + first))
        .containsExactly("m1", "m2", "m3", "m4", "m5", "m6");
  }

  private static List<Object> walk(String path, String from) {
    List<Object> texts = new ArrayList<>();
    String next = from;
    while (!next.isEmpty()) {
      texts.addAll(texts(dave.items(next)));
      Object cursor = dave.get(next).json().get("nextCursor");
      next = cursor == null ? "" : path + "&cursor=" + cursor;
    }
    return texts;
  }

  @Test
  void onlyTheAuthorEditsAndTheAuthorOrAManagerDeletes() {
    String cid = room();
    String message = "/api/messages/" + dave.say(cid, "draft");
    assertThat(ada.call("PATCH", message, "{\"text\":\"hers\"}").status()).isEqualTo(403);
    assertThat(boss.call("PATCH", message, "{\"text\":\"theirs\"}").status()).isEqualTo(403);
    Answer edited = dave.call("PATCH", message, "{\"text\":\"final for @ada\"}");
    assertThat(edited.json())
        .containsEntry("text", "final for @ada")
        .containsEntry("mentions", List.of("ada"))
        .containsKey("editedAt");
    assertThat(ada.call("DELETE", message, "").status()).isEqualTo(403);
    Answer deleted = boss.call("DELETE", message, "");
    assertThat(deleted.json()).containsEntry("text", "").containsKey("deletedAt");
    assertThat(dave.call("DELETE", message, "").json()).isEqualTo(deleted.json());
    assertThat(dave.call("PATCH", message, "{\"text\":\"back\"}").status()).isEqualTo(409);
    assertThat(dave.get(message).json()).isEqualTo(deleted.json());
  }

  @Test
  void answersAreCounted() {
    String cid = room();
    long parent = dave.say(cid, "question");
    String answer = "{\"text\":\"answer\",\"replyTo\":" + parent + "}";
    assertThat(send(ada, cid, answer).json()).containsEntry("replyTo", (int) parent);
    send(dave, cid, answer);
    assertThat(dave.get("/api/messages/" + parent).json()).containsEntry("threadCount", 2);
  }

  @Test
  void missingMessagesAreNotFound() {
    assertThat(dave.get("/api/messages/999999").status()).isEqualTo(404);
    assertThat(dave.call("PATCH", "/api/messages/999999", "{\"text\":\"x\"}").status())
        .isEqualTo(404);
    assertThat(dave.get("/api/messages/abc").status()).isEqualTo(400);
  }

  @Test
  void unreadCountsFollowFromSequenceNumbers() {
    String cid = room();
    assertThat(unread(ada, cid)).containsEntry("unread", 0).containsEntry("firstUnreadId", null);
    long first = dave.say(cid, "one");
    long second = dave.say(cid, "two @ada");
    dave.say(cid, "three");
    assertThat(unread(ada, cid))
        .containsEntry("unread", 3)
        .containsEntry("mentions", 1)
        .containsEntry("firstUnreadId", (int) first);
    assertThat(unread(dave, cid)).as("own messages").containsEntry("unread", 0);
    dave.call("DELETE", "/api/messages/" + first, "");
    assertThat(unread(ada, cid))
        .as("deleted messages")
        .containsEntry("unread", 2)
        .containsEntry("firstUnreadId", (int) second);
    assertThat(read(ada, cid, "{\"messageId\":" + second + "}")).isEqualTo(1);
    assertThat(read(ada, cid, "{\"messageId\":" + first + "}")).as("never back").isEqualTo(1);
    assertThat(unread(ada, cid)).containsEntry("mentions", 0);
    dave.say(cid, "four");
    ada.say(cid, "sending counts as reading");
    assertThat(unread(ada, cid)).containsEntry("unread", 0);
    assertThat(unread(dave, cid)).containsEntry("unread", 1);
    assertThat(read(dave, cid, "")).as("the newest by default").isZero();
    long elsewhere = dave.say(room(), "elsewhere");
    assertThat(
            dave.post("/api/rooms/" + cid + "/read", "{\"messageId\":" + elsewhere + "}").status())
        .as("a message of another room")
        .isEqualTo(400);
  }

  @Test
  void aMemberWhoNeverLookedStartsAtTheTimeOfJoining() {
    String cid = room();
    dave.say(cid, "before");
    Person late = Person.member(node, "late");
    late.post("/api/rooms/" + cid + "/members", "{\"username\":\"late\"}");
    dave.say(cid, "after");
    assertThat(unread(late, cid)).containsEntry("unread", 1);
  }

  @Test
  void sendingToAPublicRoomJoinsIt() {
    String cid = room();
    Person guest = Person.member(node, "passer-by");
    guest.say(cid, "hello");
    assertThat(unread(guest, cid)).containsEntry("unread", 0);
    dave.say(cid, "welcome");
    assertThat(unread(guest, cid)).containsEntry("unread", 1);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> unread(Person person, String cid) {
    return ((List<Map<String, Object>>) person.get("/api/unread").field("rooms"))
        .stream().filter(room -> cid.equals(room.get("cid"))).findFirst().orElseThrow();
  }

  private static int read(Person person, String cid, String body) {
    Answer answer = person.post("/api/rooms/" + cid + "/read", body);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return (int) answer.field("unread");
  }
}
