package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.chat.RoomSnapshots.SharedRoom;
import io.crewline.chat.RoomSnapshots.Snapshot;
import io.crewline.journal.Journal;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Many begin to watch rooms at the same time: what they share, and what they must not. */
final class RoomWatchTest {
  private static Crewline node;
  private static Database database;
  private static RoomSnapshots snapshots;
  private static Person dave;
  private static Person ada;
  private static int rooms;

  private final List<SocketClient> sockets = new ArrayList<>();

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_LIMITS", "off"));
    database = node.context().getBean(Database.class);
    snapshots = node.context().getBean(RoomSnapshots.class);
    dave = Person.member(node, "dave");
    ada = Person.member(node, "ada");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void closeSockets() {
    sockets.forEach(SocketClient::abort);
  }

  /** A room of dave and ada with a message, so that reading it looks for reactions. */
  private static String room(boolean isPrivate) {
    String id = "watch-" + ++rooms;
    dave.post(
        "/api/rooms",
        "{\"id\":\"%s\",\"private\":%b,\"members\":[\"ada\"]}".formatted(id, isPrivate));
    dave.say("messaging:" + id, "first");
    return "messaging:" + id;
  }

  private SocketClient connect(Person person) {
    SocketClient socket = SocketClient.connect(node.port(), person.token());
    sockets.add(socket);
    assertThat(socket.call("countUnread")).containsEntry("type", "ok");
    return socket;
  }

  /** Holds up whoever reads or writes rows under a lock, until it is closed. */
  private static final class Hold implements AutoCloseable {
    private final CountDownLatch release = new CountDownLatch(1);
    private final Thread holder;

    Hold(String sql, Object... parameters) {
      CountDownLatch held = new CountDownLatch(1);
      holder =
          Thread.ofPlatform()
              .start(
                  () ->
                      database.transaction(
                          () -> {
                            database.update("SET LOCAL idle_in_transaction_session_timeout = 0");
                            database.update(sql, parameters);
                            held.countDown();
                            awaitQuietly(release);
                          }));
      awaitQuietly(held);
    }

    /** As changing or deleting a room does. */
    static Hold ofRoom(String cid) {
      return new Hold(
          """
          WITH locked AS (SELECT cid FROM room WHERE cid = ? FOR UPDATE)
          UPDATE room SET name = name WHERE cid IN (SELECT cid FROM locked)
          """,
          cid);
    }

    /** Nothing reads a room to its end. */
    static Hold ofReading() {
      return new Hold("LOCK TABLE reaction IN ACCESS EXCLUSIVE MODE");
    }

    @Override
    public void close() {
      release.countDown();
      awaitEnd(holder);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitEnd(Thread thread) {
    await().untilAsserted(() -> assertThat(thread.isAlive()).isFalse());
  }

  /** A call on a thread of its own. */
  private static final class Call<T> {
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final Thread thread;

    Call(Supplier<T> work) {
      thread =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      result.complete(work.get());
                    } catch (RuntimeException e) {
                      result.completeExceptionally(e);
                    }
                  });
    }

    Call<T> awaitWaiting() {
      await().untilAsserted(() -> assertThat(thread.getState()).isEqualTo(Thread.State.WAITING));
      return this;
    }

    T get() {
      return result.orTimeout(30, java.util.concurrent.TimeUnit.SECONDS).join();
    }
  }

  private static Call<Snapshot> read(String username, String cid) {
    return new Call<>(() -> snapshots.of(username, cid, 50));
  }

  private static void awaitBlocked(int sessions) {
    await().untilAsserted(() -> assertThat(blocked()).hasSizeGreaterThanOrEqualTo(sessions));
  }

  /** Server processes that wait for a lock in this database. */
  private static List<Long> blocked() {
    return database.transaction(
        () ->
            database.query(
                """
                SELECT pid FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """,
                row -> row.getLong("pid")));
  }

  @Test
  void whoWatchTheSameRoomAtTheSameTimeShareItsSnapshot() {
    String cid = room(false);
    Call<Snapshot> first;
    List<Call<Snapshot>> others = new ArrayList<>();
    try (Hold hold = Hold.ofReading()) {
      first = read("dave", cid).awaitWaiting();
      awaitBlocked(1);
      for (int i = 0; i < 20; i++) {
        others.add(read(i % 2 == 0 ? "ada" : "outsider-" + i, cid).awaitWaiting());
      }
    }
    Set<SharedRoom> shared = Collections.newSetFromMap(new IdentityHashMap<>());
    others.forEach(call -> shared.add(call.get().room()));
    assertThat(shared).hasSize(1).doesNotContain(first.get().room());
  }

  @Test
  void aSnapshotIsReadAfterItWasAskedFor() {
    String cid = room(false);
    Call<Snapshot> early;
    Call<Snapshot> late;
    try (Hold hold = Hold.ofReading()) {
      early = read("ada", cid).awaitWaiting();
      awaitBlocked(1);
      dave.say(cid, "second");
      late = read("ada", cid).awaitWaiting();
    }
    assertThat(early.get().room().text(true)).contains("first").doesNotContain("second");
    assertThat(early.get().unread()).isEqualTo(1);
    assertThat(late.get().room().text(true)).contains("first", "second");
    assertThat(late.get().unread()).isEqualTo(2);
    assertThat(late.get().state().head().seq()).isEqualTo(early.get().state().head().seq() + 1);
  }

  @Test
  void aMessageBetweenSubscribingAndReadingIsNeitherLostNorDoubled() {
    String cid = room(false);
    SocketClient watching = connect(ada);
    CompletableFuture<Map<String, Object>> reply;
    try (Hold hold = Hold.ofReading()) {
      reply = watching.send(Map.of("type", "channel.watch", "channel", cid));
      awaitBlocked(1);
      dave.say(cid, "between");
    }
    Map<String, Object> initialized = reply.join();
    dave.say(cid, "after");
    long position = Position.parse("position", (String) initialized.get("position")).seq();
    assertThat(String.valueOf(initialized.get("messages"))).doesNotContain("between");
    assertThat(watching.await("message.new")).containsEntry("seq", (int) position + 1);
    assertThat(watching.await("message.new")).containsEntry("seq", (int) position + 2);
  }

  @Test
  void aFailedReadFailsOnlyThoseWhoWaitedForIt() {
    String cid = room(false);
    Call<Snapshot> failing;
    Call<Snapshot> next;
    try (Hold hold = Hold.ofReading()) {
      failing = read("dave", cid).awaitWaiting();
      awaitBlocked(1);
      next = read("ada", cid).awaitWaiting();
      List<Long> pids = blocked();
      database.transaction(
          () ->
              pids.forEach(
                  pid -> database.query("SELECT pg_terminate_backend(?::int)", row -> true, pid)));
      assertThatThrownBy(failing::get)
          .hasCauseInstanceOf(ApiException.class)
          .cause()
          .extracting(failure -> ((ApiException) failure).code())
          .isEqualTo(ErrorCode.UNAVAILABLE);
      awaitBlocked(1);
    }
    assertThat(next.get().room().text(true)).contains("first");
  }

  @Test
  void whoMayNotSeeTheRoomGetsNothingOfWhatOthersRead() {
    String cid = room(true);
    Call<Snapshot> outsider;
    Call<Snapshot> member;
    try (Hold hold = Hold.ofReading()) {
      read("dave", cid).awaitWaiting();
      awaitBlocked(1);
      outsider = read("outsider", cid).awaitWaiting();
      member = read("ada", cid).awaitWaiting();
    }
    assertThat(member.get().room().text(true)).contains("first");
    assertThatThrownBy(outsider::get)
        .hasCauseInstanceOf(ApiException.class)
        .cause()
        .extracting(failure -> ((ApiException) failure).code())
        .isEqualTo(ErrorCode.NOT_FOUND);
  }

  @Test
  void whoJoinAtTheSameTimeShareACommitAndEachJoinIsAnEvent() {
    String cid = room(false);
    int count = 40;
    RoomJoins joins = node.context().getBean(RoomJoins.class);
    List<Call<RoomJoins.Outcome>> joining = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Person.member(node, "joiner-" + i);
    }
    // The event of the first takes a number of this topic.
    try (Hold hold =
        new Hold("INSERT INTO topic (name) VALUES (?) ON CONFLICT DO NOTHING", "user:joiner-0")) {
      for (int i = 0; i < count; i++) {
        UserRef user = new UserRef("joiner-" + i, "Joiner " + i);
        joining.add(new Call<>(() -> joins.join(user, cid)).awaitWaiting());
      }
      awaitBlocked(1);
    }
    joining.forEach(call -> assertThat(call.get()).isEqualTo(RoomJoins.Outcome.JOINED));
    int commits =
        database
            .transaction(
                () ->
                    database.query(
                        """
                        SELECT count(DISTINCT xmin::text) AS n FROM room_member
                        WHERE cid = ? AND username LIKE 'joiner-%'
                        """,
                        row -> row.getInt("n"), cid))
            .getFirst();
    assertThat(commits).isLessThanOrEqualTo(2);
    Journal journal = node.context().getBean(Journal.class);
    Topic topic = Topic.room(cid);
    List<JournalEntry> events =
        journal.readAfter(topic, journal.oldest(topic), 1000).entries().stream()
            .filter(entry -> entry.type().equals("member.added") && entry.data().contains("joiner"))
            .toList();
    assertThat(new HashSet<>(events.stream().map(JournalEntry::data).toList())).hasSize(count);
    assertThat(events).hasSize(count);
    for (int i = 0; i < count; i++) {
      Topic own = Topic.user("joiner-" + i);
      assertThat(journal.readAfter(own, journal.oldest(own), 100).entries())
          .extracting(JournalEntry::type)
          .containsExactly("member.added");
    }
  }

  @Test
  void whoJoinsALargeRoomByWatchingIsToldInTheirOwnTopicOnly() {
    String cid = room(false);
    database.transaction(
        () -> {
          database.update(
              """
              INSERT INTO account (username, display_name, role)
              SELECT 'many-' || i, 'Many ' || i, 'member' FROM generate_series(1, ?) i
              """,
              RoomJoins.ANNOUNCED);
          database.update(
              """
              INSERT INTO room_member (cid, username, read_seq, joined_at)
              SELECT ?, 'many-' || i, 0, now() FROM generate_series(1, ?) i
              """,
              cid,
              RoomJoins.ANNOUNCED);
        });
    SocketClient socket = connect(Person.member(node, "late"));
    assertThat(socket.call("channel.watch", "channel", cid)).containsEntry("type", "initialized");
    assertThat(socket.await("member.added")).containsEntry("topic", "user:late");
    Journal journal = node.context().getBean(Journal.class);
    Topic topic = Topic.room(cid);
    assertThat(journal.readAfter(topic, journal.oldest(topic), 1000).entries())
        .extracting(JournalEntry::data)
        .noneMatch(data -> data.contains("late"));
  }

  @Test
  void aLockedRoomHoldsUpNobodyWhoJoinsAnother() {
    String locked = room(false);
    String free = sameLane(locked);
    Person lin = Person.member(node, "lin");
    SocketClient held = connect(lin);
    SocketClient other = connect(Person.member(node, "mia"));
    CompletableFuture<Map<String, Object>> reply;
    try (Hold hold = Hold.ofRoom(locked)) {
      reply = held.send(Map.of("type", "channel.watch", "channel", locked));
      awaitBlocked(1);
      assertThat(other.call("channel.watch", "channel", free)).containsEntry("type", "initialized");
      assertThat(reply).isNotDone();
    }
    assertThat(reply.join()).containsEntry("type", "initialized");
  }

  private static String sameLane(String cid) {
    String other = room(false);
    while (Math.floorMod(other.hashCode() - cid.hashCode(), 4) != 0) {
      other = room(false);
    }
    return other;
  }

  @Test
  void aReadThatTakesTooLongIsRefusedAndTheNextSucceeds() {
    String cid = room(false);
    SocketClient watching = connect(ada);
    try (Hold hold = Hold.ofReading()) {
      Map<String, Object> reply = watching.call("channel.watch", "channel", cid);
      assertThat(String.valueOf(reply.get("error"))).contains("unavailable");
    }
    assertThat(watching.call("channel.watch", "channel", cid)).containsEntry("type", "initialized");
    dave.say(cid, "after");
    assertThat(watching.await("message.new")).containsKey("seq");
  }
}
