package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Unread messages: exact, and at a cost that does not grow with their number. */
final class UnreadTest {
  private static Crewline node;
  private static Database database;
  private static Person dave;
  private static Person ada;
  private static int rooms;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    database = node.context().getBean(Database.class);
    dave = Person.manager(node, "dave");
    ada = Person.member(node, "ada");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String room(Person... members) {
    String id = "unread-" + ++rooms;
    dave.post("/api/rooms", "{\"id\":\"" + id + "\"}");
    for (Person member : members) {
      join(member, "messaging:" + id);
    }
    return "messaging:" + id;
  }

  private static void join(Person member, String cid) {
    String name = "{\"username\":\"" + member.username() + "\"}";
    assertThat(member.post("/api/rooms/" + cid + "/members", name).status()).isEqualTo(201);
  }

  /** Messages as a node of the version before stores them, which knows no counts. */
  private static void storedByTheVersionBefore(String cid, String author, int count) {
    database.transaction(
        () -> {
          database.update(
              """
              INSERT INTO message (cid, seq, author, text, created_at)
              SELECT ?, t.head + i, ?, 'old', now()
              FROM topic t, generate_series(1, ?) i WHERE t.name = 'room:' || ?
              """,
              cid,
              author,
              count,
              cid);
          database.update(
              "UPDATE topic SET head = head + ? WHERE name = 'room:' || ?", (long) count, cid);
          database.update(
              """
              UPDATE room_member SET read_seq = (SELECT head FROM topic WHERE name = 'room:' || ?)
              WHERE cid = ? AND username = ?
              """,
              cid,
              cid,
              author);
        });
  }

  /** One by one, as the rule says. */
  private static Map<String, Long> countedOneByOne(String username) {
    Map<String, Long> counts = new TreeMap<>();
    database.transaction(
        () ->
            database.query(
                """
                SELECT m.cid, count(x.id) AS unread
                FROM room_member m LEFT JOIN message x
                  ON x.cid = m.cid AND x.seq > m.read_seq AND x.author <> m.username
                     AND x.deleted_at IS NULL
                WHERE m.username = ? GROUP BY m.cid
                """,
                row -> counts.put(row.getString("cid"), row.getLong("unread")),
                username));
    return counts;
  }

  private static Map<String, Long> answered(Person person) {
    try (SocketClient socket = SocketClient.connect(node.port(), null)) {
      Map<?, ?> unread =
          (Map<?, ?>) field(socket.call("connect", "token", person.token()), "unread");
      Map<String, Long> counts = new TreeMap<>();
      ((Map<?, ?>) field(unread, "channels"))
          .forEach((cid, count) -> counts.put(String.valueOf(cid), number(count)));
      assertThat(number(field(unread, "total")))
          .isEqualTo(counts.values().stream().mapToLong(n -> n).sum());
      return counts;
    }
  }

  private static Object field(Map<?, ?> object, String name) {
    return Objects.requireNonNull(object.get(name), name);
  }

  private static long number(Object value) {
    return ((Number) value).longValue();
  }

  @Test
  void isExactWhateverHappensToTheMessages() {
    Random random = new Random(7);
    Person lin = Person.member(node, "lin");
    List<Person> people = List.of(dave, ada, lin);
    List<String> cids = List.of(room(ada, lin), room(ada, lin), room(ada, lin));
    for (int step = 0; step < 300; step++) {
      String cid = cids.get(random.nextInt(cids.size()));
      Person person = people.get(random.nextInt(people.size()));
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3 -> person.say(cid, "hello @ada " + step);
        case 4 -> storedByTheVersionBefore(cid, person.username(), 1 + random.nextInt(300));
        case 5 -> person.post("/api/rooms/" + cid + "/read", "{}");
        case 6 ->
            any(cid, random)
                .forEach(
                    id -> person.post("/api/rooms/" + cid + "/read", "{\"messageId\":" + id + "}"));
        case 7, 8 -> any(cid, random).forEach(id -> dave.call("DELETE", "/api/messages/" + id, ""));
        case 9 ->
            any(cid, random)
                .forEach(
                    id ->
                        person.call("PATCH", "/api/messages/" + id, "{\"text\":\"changed @lin\"}"));
        case 10 -> {
          if (person != dave) {
            dave.call("DELETE", "/api/rooms/" + cid + "/members/" + person.username(), "");
            join(person, cid);
          }
        }
        default -> {
          Map<String, Long> expected = countedOneByOne(person.username());
          assertThat(answered(person)).as("step " + step).isEqualTo(expected);
          assertThat(listed(person)).as("step " + step).isEqualTo(expected);
        }
      }
    }
    for (Person person : people) {
      assertThat(answered(person)).isEqualTo(countedOneByOne(person.username()));
    }
  }

  private static Map<String, Long> listed(Person person) {
    Map<String, Long> counts = new TreeMap<>();
    for (Object room : (List<?>) person.get("/api/unread").field("rooms")) {
      Map<?, ?> fields = (Map<?, ?>) room;
      counts.put((String) field(fields, "cid"), number(field(fields, "unread")));
    }
    return counts;
  }

  private static List<Long> any(String cid, Random random) {
    return database.transaction(
        () ->
            database.query(
                """
                SELECT id FROM message WHERE cid = ?
                ORDER BY id OFFSET (SELECT count(*) * ? / 1000 FROM message WHERE cid = ?) LIMIT 1
                """,
                row -> row.getLong("id"),
                cid,
                random.nextInt(1000),
                cid));
  }

  @Test
  void aDeletedRoomThatIsMadeAgainStartsAtNothing() {
    String cid = room(ada);
    storedByTheVersionBefore(cid, "dave", 1000);
    assertThat(answered(ada)).containsEntry(cid, 1000L);
    dave.call("DELETE", "/api/rooms/" + cid, "");
    dave.post("/api/rooms", "{\"id\":\"" + cid.substring(10) + "\"}");
    join(ada, cid);
    assertThat(answered(ada)).containsEntry(cid, 0L);
    storedByTheVersionBefore(cid, "dave", 700);
    assertThat(answered(ada)).containsEntry(cid, 700L).isEqualTo(countedOneByOne("ada"));
  }

  @Test
  void countingReadsFewMessagesHoweverManyAreUnread() {
    Person mia = Person.member(node, "mia");
    String cid = room(mia);
    storedByTheVersionBefore(cid, "dave", 20_000);
    assertThat(answered(mia)).containsEntry(cid, 20_000L);
    UnreadService unread = node.context().getBean(UnreadService.class);
    long read =
        database.transaction(
            () -> {
              long before = entriesRead();
              Object counted = unread.of("mia", cid);
              assertThat(String.valueOf(counted)).contains("20000");
              return entriesRead() - before;
            });
    assertThat(read).isLessThan(1000);
  }

  /** Entries of the index of messages that this transaction has read so far. */
  @Test
  void countingAheadDoesNotWaitForTheTransactionThatAskedForIt() {
    String cid = room(ada);
    storedByTheVersionBefore(cid, "dave", 1000);
    UnreadService unread = node.context().getBean(UnreadService.class);
    database.transaction(
        () -> {
          assertThat(unread.of("ada", cid)).isEqualTo(1000);
          await().pollInSameThread().untilAsserted(() -> assertThat(rowsOf(cid)).isPositive());
        });
  }

  private static long rowsOf(String cid) {
    return database
        .queryOne(
            "SELECT count(*) AS n FROM message_count WHERE cid = ?", row -> row.getLong("n"), cid)
        .orElseThrow();
  }

  private static long entriesRead() {
    return database
        .queryOne(
            """
            SELECT pg_stat_get_xact_tuples_returned('message_cid_seq_author_key'::regclass) AS n
            """,
            row -> row.getLong("n"))
        .orElseThrow();
  }
}
