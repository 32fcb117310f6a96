package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.chat.DeletedRoomRepository.DeletedRoom;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A room with many messages is deleted at once, and its messages are removed later. One of them
 * that somebody holds stands for all the time that the removal takes.
 */
final class RoomDeletionTest {
  private static final Executor THREADS = task -> Thread.ofVirtual().start(task);
  private static final String ADDRESS = TestPostgres.createDatabase();

  private static Crewline node;
  private static Database database;
  private static Person dave;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("DATABASE_URL", ADDRESS));
    database = node.context().getBean(Database.class);
    dave = Person.member(node, "dave");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String room(String id) {
    Answer created = dave.post("/api/rooms", "{\"id\":\"" + id + "\"}");
    assertThat(created.status()).as(created.body()).isEqualTo(201);
    return "messaging:" + id;
  }

  private static Answer send(String cid, String text, String clientId) {
    return dave.post(
        "/api/rooms/" + cid + "/messages",
        "{\"text\":\"%s\",\"clientId\":\"%s\"}".formatted(text, clientId));
  }

  private static long stored(String cid) {
    return database.transaction(
        () ->
            database
                .queryOne(
                    "SELECT count(*) AS n FROM message WHERE cid = ?", row -> row.getLong("n"), cid)
                .orElseThrow());
  }

  private static boolean marked(String cid) {
    return database.transaction(
        () ->
            database
                .queryOne("SELECT 1 FROM deleted_room WHERE cid = ?", row -> 1, cid)
                .isPresent());
  }

  /** Holds one message until {@code done} is complete. */
  private static CompletableFuture<Void> hold(long message, CompletableFuture<Void> done) {
    CompletableFuture<Void> held = new CompletableFuture<>();
    THREADS.execute(
        () ->
            database.transaction(
                () -> {
                  database.query(
                      "SELECT 1 FROM message WHERE id = ? FOR UPDATE", row -> 1, message);
                  held.complete(null);
                  done.join();
                }));
    return held;
  }

  /** Nothing that names a message knows it. */
  private static void assertIsGone(String cid, long old) {
    assertThat(dave.get("/api/messages/" + old).status()).isEqualTo(404);
    assertThat(dave.call("PATCH", "/api/messages/" + old, "{\"text\":\"x\"}").status())
        .isEqualTo(404);
    assertThat(dave.call("DELETE", "/api/messages/" + old, "").status()).isEqualTo(404);
    for (String span : List.of("after", "before", "around")) {
      assertThat(dave.get("/api/rooms/" + cid + "/messages?" + span + "=" + old).status())
          .as(span)
          .isEqualTo(400);
    }
    assertThat(dave.post("/api/rooms/" + cid + "/read", "{\"messageId\":" + old + "}").status())
        .isEqualTo(400);
    assertThat(
            dave.post("/api/rooms/" + cid + "/messages", "{\"text\":\"x\",\"replyTo\":" + old + "}")
                .status())
        .isEqualTo(400);
    try (SocketClient client = SocketClient.connect(node.port(), dave.token())) {
      for (String type : List.of("addReaction", "removeReaction")) {
        assertThat(client.call(type, "messageId", old, "reaction", "+1").toString())
            .as(type)
            .contains("code=notFound");
      }
      assertThat(client.call("channel.watch", "channel", cid).toString())
          .contains("messages=[]")
          .doesNotContain("messageId=");
    }
  }

  @Test
  @Timeout(60)
  void aRoomIsMadeAnewWhileTheOldMessagesAreStillThereAndShowsNoneOfThem() {
    String cid = room("anew");
    long held = dave.say(cid, "held");
    long first = ((Number) send(cid, "old", "c-1").field("id")).longValue();
    String epoch = dave.get("/api/rooms/" + cid).text("epoch");
    CompletableFuture<Void> done = new CompletableFuture<>();
    hold(held, done).join();
    try {
      assertThat(dave.call("DELETE", "/api/rooms/" + cid, "").status()).isEqualTo(204);
      assertThat(dave.get("/api/messages/" + first).status()).isEqualTo(404);
      room("anew");
      Answer room = dave.get("/api/rooms/" + cid);
      assertThat(room.json()).containsEntry("lastMessage", null).containsEntry("unread", 0);
      assertThat(room.text("epoch")).isNotEqualTo(epoch);
      assertThat(dave.items("/api/rooms/" + cid + "/messages")).isEmpty();
      for (long old : new long[] {held, first}) {
        assertIsGone(cid, old);
      }
      assertThat(dave.get("/api/unread").field("rooms").toString())
          .contains("{cid=" + cid + ", unread=0, mentions=0, firstUnreadId=null}");

      Answer again = send(cid, "new", "c-1");
      assertThat(again.status()).as("the clientId of a message that is gone").isEqualTo(201);
      assertThat(send(cid, "new", "c-1").json()).isEqualTo(again.json());
      assertThat(stored(cid)).as("the old ones are still there").isGreaterThan(1);
      assertThat(dave.get("/api/rooms/" + cid).field("lastMessage").toString())
          .contains("text=new");
      assertThat(dave.items("/api/rooms/" + cid + "/messages")).hasSize(1);
    } finally {
      done.complete(null);
    }
    await().atMost(Duration.ofSeconds(30)).until(() -> stored(cid) == 1);
    assertThat(dave.items("/api/rooms/" + cid + "/messages"))
        .singleElement()
        .satisfies(message -> assertThat(message).containsEntry("text", "new"));
  }

  @Test
  void moreMessagesThanOneChunkAndTheirReactionsAreRemovedAndOtherRoomsKeepTheirs() {
    String cid = room("large");
    String other = room("other");
    dave.say(other, "stays");
    dave.say(cid, "first");
    database.transaction(
        () -> {
          database.update(
              """
              INSERT INTO message (cid, seq, author, text, created_at)
              SELECT ?, 1000 + n, 'dave', 'many', now() FROM generate_series(1, 2500) n
              """,
              cid);
          database.update(
              """
              INSERT INTO reaction (message_id, username, reaction, created_at)
              SELECT id, 'dave', 'x', now() FROM message WHERE cid = ?
              """,
              cid);
        });
    assertThat(dave.call("DELETE", "/api/rooms/" + cid, "").status()).isEqualTo(204);
    await().atMost(Duration.ofSeconds(30)).until(() -> stored(cid) == 0);
    assertThat(
            database.transaction(
                () -> database.query("SELECT 1 FROM reaction WHERE username = 'dave'", row -> 1)))
        .isEmpty();
    assertThat(dave.items("/api/rooms/" + other + "/messages")).hasSize(1);
  }

  @Test
  @Timeout(60)
  void aLargeRoomIsGoneAtOnceHoweverLongSomebodyHoldsOneOfItsMessages() {
    String cid = room("huge");
    long held = dave.say(cid, "held");
    database.transaction(
        () ->
            database.update(
                """
                INSERT INTO message (cid, seq, author, text, created_at)
                SELECT ?, 1000 + n, 'dave', 'many', now() FROM generate_series(1, 20000) n
                """,
                cid));
    CompletableFuture<Void> done = new CompletableFuture<>();
    hold(held, done).join();
    try {
      assertThat(dave.call("DELETE", "/api/rooms/" + cid, "").status()).isEqualTo(204);
      await().atMost(Duration.ofSeconds(30)).until(() -> stored(cid) == 1);
      assertThat(marked(cid)).as("the mark stays as long as the message").isTrue();
    } finally {
      done.complete(null);
    }
    await().atMost(Duration.ofSeconds(30)).until(() -> !marked(cid));
    assertThat(stored(cid)).isZero();
  }

  /** A clean-up that goes by seq alone would take the messages of the next life along. */
  @Test
  void aRoomThatIsDeletedTwiceLosesBothLivesAndKeepsTheThird() {
    String cid = room("thrice");
    long held = dave.say(cid, "first life");
    CompletableFuture<Void> done = new CompletableFuture<>();
    hold(held, done).join();
    try {
      assertThat(dave.call("DELETE", "/api/rooms/" + cid, "").status()).isEqualTo(204);
      room("thrice");
      long second = dave.say(cid, "second life");
      assertThat(dave.call("DELETE", "/api/rooms/" + cid, "").status()).isEqualTo(204);
      room("thrice");
      dave.say(cid, "third life");
      assertThat(dave.get("/api/messages/" + second).status()).isEqualTo(404);
      Person ada = Person.member(node, "ada");
      assertThat(ada.post("/api/rooms/" + cid + "/members", "{\"members\":[\"ada\"]}").status())
          .isLessThan(300);
      assertThat(ada.get("/api/rooms/" + cid).json()).containsEntry("unread", 0);
      dave.say(cid, "@ada");
      assertThat(ada.get("/api/rooms/" + cid).json()).containsEntry("unread", 1);
    } finally {
      done.complete(null);
    }
    await().atMost(Duration.ofSeconds(30)).until(() -> !marked(cid));
    assertThat(dave.items("/api/rooms/" + cid + "/messages"))
        .extracting(message -> message.get("text"))
        .containsExactly("third life", "@ada");
  }

  /** One node has removed a chunk that is not committed, and dies: nothing stays, nobody waits. */
  @Test
  @Timeout(60)
  void whatOneNodeIsRemovingTheOthersSkipAndTakeOverWhenItDies() {
    String cid = leaveBehind("shared", 3000);
    DeletedRoomRepository repository = node.context().getBean(DeletedRoomRepository.class);
    CompletableFuture<Integer> removing = new CompletableFuture<>();
    CompletableFuture<Void> dies = new CompletableFuture<>();
    CompletableFuture<Void> died =
        CompletableFuture.runAsync(
            () ->
                database.transaction(
                    () -> {
                      DeletedRoom room = new DeletedRoom(cid, 3000);
                      removing.complete(repository.removeMessages(room, 500, 1000).messages());
                      dies.join();
                    }),
            THREADS);
    try {
      assertThat(removing.join()).isEqualTo(1000);
      node.context().getBean(DeletedRooms.class).clean();
      await().atMost(Duration.ofSeconds(30)).until(() -> stored(cid) == 1000);
      assertThat(marked(cid)).isTrue();
    } finally {
      dies.completeExceptionally(new IllegalStateException("the node dies"));
    }
    await().atMost(Duration.ofSeconds(30)).until(() -> !marked(cid));
    assertThat(stored(cid)).isZero();
    assertThat(died).isCompletedExceptionally();
  }

  @Test
  void twoNodesRemoveTheSameRoomsAtTheSameTime() {
    String other = room("beside");
    dave.say(other, "stays");
    try (Crewline next = TestNode.start(Map.of("DATABASE_URL", ADDRESS))) {
      List<String> left = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        left.add(leaveBehind("both-" + i, 2500));
      }
      List.of(node, next).forEach(each -> each.context().getBean(DeletedRooms.class).clean());
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> left.stream().noneMatch(cid -> marked(cid)));
      assertThat(left).allMatch(cid -> stored(cid) == 0);
      assertThat(dave.items("/api/rooms/" + other + "/messages")).hasSize(1);
    }
  }

  @Test
  void whatANodeLeftBehindIsRemovedByTheNextThatStarts() {
    String cid = leaveBehind("left", 10);
    try (Crewline next = TestNode.start(Map.of("DATABASE_URL", ADDRESS))) {
      assertThat(next.port()).isPositive();
      await().atMost(Duration.ofSeconds(30)).until(() -> !marked(cid));
      assertThat(stored(cid)).isZero();
    }
  }

  /** A room that was deleted, and whose messages nobody has removed. */
  private static String leaveBehind(String id, int messages) {
    String cid = "messaging:" + id;
    database.transaction(
        () -> {
          database.update(
              """
              INSERT INTO message (cid, seq, author, text, created_at)
              SELECT ?, n, 'dave', 'left', now() FROM generate_series(1, ?) n
              """,
              cid,
              messages);
          database.update("INSERT INTO deleted_room (cid, up_to) VALUES (?, ?)", cid, messages);
        });
    return cid;
  }
}
