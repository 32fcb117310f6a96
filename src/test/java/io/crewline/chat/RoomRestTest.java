package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RoomRestTest {
  private static Crewline node;
  private static Person dave;
  private static Person ada;
  private static Person kim;
  private static Person boss;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    dave = Person.member(node, "dave");
    ada = Person.member(node, "ada");
    kim = Person.member(node, "kim");
    boss = Person.manager(node, "boss");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static void room(String id, boolean isPrivate, String members) {
    Answer answer =
        dave.post(
            "/api/rooms",
            "{\"id\":\"%s\",\"private\":%s,\"members\":[%s]}".formatted(id, isPrivate, members));
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
  }

  @Test
  void aRoomIsCreatedWithItsPositionAndShownTheSame() {
    Answer created = dave.post("/api/rooms", "{\"id\":\"new-room\",\"name\":\"New room\"}");
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.header("Location")).isEqualTo("/api/rooms/messaging:new-room");
    Map<String, Object> room = created.json();
    assertThat(room)
        .containsEntry("cid", "messaging:new-room")
        .containsEntry("type", "messaging")
        .containsEntry("id", "new-room")
        .containsEntry("name", "New room")
        .containsEntry("private", false)
        .containsKeys("createdAt", "seq", "epoch");
    assertThat(dave.get("/api/rooms/messaging:new-room").json()).isEqualTo(room);
    assertThat(dave.get("/api/rooms/messaging%3Anew-room/").json()).isEqualTo(room);
  }

  @Test
  void aRoomThatExistsIsAConflict() {
    room("twice", false, "");
    Answer again = ada.post("/api/rooms", "{\"id\":\"twice\"}");
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.text("code")).isEqualTo("conflict");
  }

  @Test
  void aRoomWithoutAnIdGetsARandomOne() {
    Answer created = dave.post("/api/rooms", "{}");
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.text("id")).hasSize(20);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":\"Upper\"}",
        "{\"id\":\"a:b\"}",
        "{\"id\":\"\"}",
        "{\"type\":\"x y\"}",
        "{\"id\":\"ok1\",\"name\":\"a\\u0000b\"}",
        "{\"id\":\"ok2\",\"name\":\"\\ud800\"}",
        "{\"id\":\"ok3\",\"members\":[\"nobody-knows\"]}",
        "{\"id\":\"ok4\",\"members\":[\"NOT valid\"]}",
        "{\"id\":5}",
        "{\"id\":\"ok5\",\"private\":\"maybe\"}",
        "[]",
        "5",
        "{",
        ""
      })
  void aRoomThatBreaksARuleIsRefused(String body) {
    Answer answer = dave.post("/api/rooms", body);
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.text("code")).isEqualTo("badRequest");
    assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
  }

  @Test
  void aNameOfTwoHundredCharactersIsTheLongest() {
    String name = "ü".repeat(200);
    assertThat(dave.post("/api/rooms", "{\"id\":\"l200\",\"name\":\"" + name + "\"}").status())
        .isEqualTo(201);
    assertThat(dave.post("/api/rooms", "{\"id\":\"l201\",\"name\":\"x" + name + "\"}").status())
        .isEqualTo(400);
  }

  @Test
  void aPrivateRoomIsNotFoundForOthersInAnyCall() {
    room("secret", true, "\"ada\"");
    long message = dave.say("messaging:secret", "psst");
    String room = "/api/rooms/messaging:secret";
    assertThat(ada.get(room).status()).isEqualTo(200);
    for (Person outsider : List.of(kim, boss)) {
      for (String path : List.of(room, room + "/members", room + "/messages")) {
        assertThat(outsider.get(path).status()).as(path).isEqualTo(404);
      }
      assertThat(outsider.post(room + "/messages", "{\"text\":\"hi\"}").status()).isEqualTo(404);
      assertThat(outsider.post(room + "/read", "{}").status()).isEqualTo(404);
      assertThat(outsider.post(room + "/members", "{\"username\":\"kim\"}").status())
          .isEqualTo(404);
      assertThat(outsider.call("DELETE", room, "").status()).isEqualTo(404);
      assertThat(outsider.call("PATCH", room, "{\"name\":\"x\"}").status()).isEqualTo(404);
      assertThat(outsider.get("/api/messages/" + message).status()).isEqualTo(404);
      assertThat(outsider.call("DELETE", "/api/messages/" + message, "").status()).isEqualTo(404);
      assertThat(outsider.items("/api/rooms?limit=200"))
          .noneMatch(listed -> "messaging:secret".equals(listed.get("cid")));
    }
  }

  @Test
  void ownersAndManagersChangeARoomAndMembersDoNot() {
    room("managed", false, "\"ada\"");
    String room = "/api/rooms/messaging:managed";
    assertThat(ada.call("PATCH", room, "{\"name\":\"Mine\"}").status()).isEqualTo(403);
    assertThat(dave.call("PATCH", room, "{\"name\":\"Ours\"}").text("name")).isEqualTo("Ours");
    assertThat(boss.call("PATCH", room, "{\"name\":\"Theirs\"}").text("name")).isEqualTo("Theirs");
    assertThat(ada.call("DELETE", room, "").status()).isEqualTo(403);
    assertThat(dave.call("DELETE", room, "").status()).isEqualTo(204);
    assertThat(dave.get(room).status()).isEqualTo(404);
  }

  @Test
  void aRoomMadeAgainHasANewEpochAndNothingOfTheOld() {
    room("again", false, "");
    dave.say("messaging:again", "old");
    String epoch = dave.get("/api/rooms/messaging:again").text("epoch");
    dave.call("DELETE", "/api/rooms/messaging:again", "");
    room("again", false, "");
    assertThat(dave.get("/api/rooms/messaging:again").text("epoch")).isNotEqualTo(epoch);
    assertThat(dave.items("/api/rooms/messaging:again/messages")).isEmpty();
  }

  @Test
  void theLastOwnerCannotGo() {
    room("owned", false, "\"ada\"");
    String owner = "/api/rooms/messaging:owned/members/dave";
    for (Person caller : List.of(dave, boss)) {
      Answer refused = caller.call("DELETE", owner, "");
      assertThat(refused.status()).isEqualTo(409);
      assertThat(refused.text("detail")).contains("last owner");
    }
    assertThat(dave.call("PATCH", "/api/rooms/messaging:owned", "{\"name\":\"Mine\"}").status())
        .isEqualTo(200);
  }

  @Test
  void membersAreAddedListedByPageAndRemoved() {
    room("people", false, "\"ada\"");
    String members = "/api/rooms/messaging:people/members";
    assertThat(ada.post(members, "{\"username\":\"kim\"}").status()).isEqualTo(403);
    Answer added = dave.post(members, "{\"members\":[\"kim\",\"boss\"]}");
    assertThat(added.status()).isEqualTo(201);
    List<String> names = new ArrayList<>();
    String cursor = "";
    do {
      Answer page = dave.get(members + "?limit=3" + cursor);
      names.addAll(usernames(page));
      Object next = page.json().get("nextCursor");
      cursor = next == null ? "" : "&cursor=" + next;
    } while (!cursor.isEmpty());
    assertThat(names).containsExactly("ada", "boss", "dave", "kim");
    assertThat(kim.call("DELETE", members + "/kim", "").status()).isEqualTo(204);
    assertThat(kim.call("DELETE", members + "/ada", "").status()).isEqualTo(403);
    assertThat(dave.call("DELETE", members + "/ada", "").status()).isEqualTo(204);
    assertThat(dave.call("DELETE", members + "/ada", "").status()).isEqualTo(404);
    assertThat(usernames(dave.get(members))).containsExactly("boss", "dave");
  }

  @SuppressWarnings("unchecked")
  private static List<String> usernames(Answer page) {
    return ((List<Map<String, Map<String, String>>>) page.field("items"))
        .stream()
            .map(member -> member.getOrDefault("user", Map.of()).getOrDefault("id", ""))
            .toList();
  }

  @Test
  void roomsAreListedWithUnreadCountAndLastMessageByPage() {
    for (int i = 0; i < 5; i++) {
      room("listed-" + i, false, "\"ada\"");
    }
    dave.say("messaging:listed-3", "one");
    dave.say("messaging:listed-3", "two");
    List<Map<String, Object>> found = new ArrayList<>();
    String cursor = "";
    do {
      Answer page = ada.get("/api/rooms?limit=2" + cursor);
      found.addAll(ada.items("/api/rooms?limit=2" + cursor));
      Object next = page.json().get("nextCursor");
      cursor = next == null ? "" : "&cursor=" + next;
    } while (!cursor.isEmpty());
    assertThat(found).extracting(room -> room.get("cid")).doesNotHaveDuplicates();
    Map<String, Object> room =
        found.stream()
            .filter(listed -> "messaging:listed-3".equals(listed.get("cid")))
            .findFirst()
            .orElseThrow();
    assertThat(room.get("unread")).isEqualTo(2);
    assertThat(room.get("lastMessage")).asString().contains("text=two");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"limit=0", "limit=201", "limit=x", "limit=99999999999", "cursor=%00", "cursor=ÿ"})
  void pagesHaveLimits(String query) {
    Answer answer = dave.get("/api/rooms?" + query.replace("ÿ", "%C3%BF"));
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
  }
}
