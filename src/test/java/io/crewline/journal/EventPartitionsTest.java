package io.crewline.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Events;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two nodes on one database, at the default retention of seven days. */
final class EventPartitionsTest {
  private static final Duration RETENTION = Duration.ofDays(7);
  private static final AtomicInteger TOPICS = new AtomicInteger();
  private static String url;
  private static Crewline node;
  private static Crewline other;
  private static Database database;
  private static Journal journal;
  private static Events events;

  @BeforeAll
  static void start() {
    url = TestPostgres.createDatabase();
    node = TestNode.start(Map.of("DATABASE_URL", url));
    other = TestNode.start(Map.of("DATABASE_URL", url));
    database = node.context().getBean(Database.class);
    journal = node.context().getBean(Journal.class);
    events = new Events(node);
  }

  @AfterAll
  static void stop() {
    other.close();
    node.close();
  }

  @Test
  void aPeriodGoesWhenAllOfItIsPastRetention() {
    Topic topic = newTopic();
    events.commit(topic, 1, 3, "old");
    int old = beginPeriod();
    events.commit(topic, 4, 2, "young");
    endedBeforeLimit(old, Duration.ofMinutes(5));

    clean(node);

    // Or the other node has begun with it at this moment.
    await().untilAsserted(() -> assertThat(periods()).doesNotContain(old).contains(old + 1));
    assertThat(count("SELECT count(*) FROM pg_class WHERE relname = 'event_" + old + "'")).isZero();
    assertThat(journal.oldest(topic).seq()).isEqualTo(3);
    String epoch = journal.head(topic).epoch();
    for (long seq = 0; seq < 3; seq++) {
      JournalPage page = journal.readAfter(topic, new Position(epoch, seq), 10);
      assertThat(page.reset()).as("after " + seq).isTrue();
      assertThat(page.entries()).isEmpty();
    }
    assertThat(seqs(topic, new Position(epoch, 3))).containsExactly(4L, 5L);
  }

  @Test
  void aPeriodThatIsPartlyYoungStays() {
    Topic topic = newTopic();
    Position beginning = journal.oldest(topic);
    events.commit(topic, 1, 3, "old");
    events.commit(topic, 4, 2, "young");
    int period = beginPeriod();
    endedBeforeLimit(period, Duration.ofMinutes(-5));
    database.transaction(
        () ->
            database.update(
                "UPDATE event SET at = ? WHERE seq <= 3 AND topic_id ="
                    + " (SELECT id FROM topic WHERE name = ?)",
                Instant.now().minus(RETENTION).minus(Duration.ofHours(9)),
                topic.name()));

    clean(node);

    assertThat(periods()).contains(period);
    assertThat(journal.oldest(topic).seq()).isZero();
    assertThat(seqs(topic, beginning)).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void thePeriodThatEventsAreRecordedInStaysHoweverOldItIs() {
    Topic topic = newTopic();
    Position beginning = journal.oldest(topic);
    events.commit(topic, 1, 3, "young");
    int period = beginPeriod() + 1;
    events.commit(topic, 4, 1, "young");
    database.transaction(
        () ->
            database.update(
                "UPDATE event_period SET begun_at = ? WHERE period >= ?",
                Instant.now().minus(RETENTION.multipliedBy(2)),
                period));

    partitions(node).dropEnded(Instant.now().minus(RETENTION), () -> {});
    events.commit(topic, 5, 1, "young");

    assertThat(periods()).contains(period);
    assertThat(seqs(topic, new Position(beginning.epoch(), 3))).containsExactly(4L, 5L);
  }

  @Test
  void periodsFollowEachOtherAnEighthOfTheRetentionApart() {
    int period = beginPeriod() + 1;
    begunBefore(period, RETENTION.dividedBy(8).minusMinutes(5));
    clean(node);
    assertThat(periods()).last().isEqualTo(period);
    begunBefore(period, RETENTION.dividedBy(8).plusMinutes(1));
    clean(node);
    await().untilAsserted(() -> assertThat(periods()).last().isEqualTo(period + 1));
    clean(other);
    assertThat(periods()).last().isEqualTo(period + 1);
  }

  @Test
  void whoNamesNoPeriodRecordsInTheCurrentOne() {
    Topic topic = newTopic();
    journal.open(topic);
    int period = beginPeriod() + 1;
    database.transaction(
        () ->
            database.update(
                """
                INSERT INTO event (topic_id, seq, type, at, data, audience)
                SELECT id, 1, 'noted', now(), '{}', NULL FROM topic WHERE name = ?
                """,
                topic.name()));
    assertThat(count("SELECT count(*) FROM event_" + period + " WHERE seq = 1")).isOne();
  }

  @Test
  void noOneWaitsForADropThatWaits() throws Exception {
    dropAllBeforeNow();
    Topic topic = newTopic();
    events.commit(topic, 1, 3, "old");
    int old = beginPeriod();
    events.commit(topic, 4, 1, "young");
    endedBeforeLimit(old, Duration.ofMinutes(5));
    try (Connection backup = connect();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      backup.setAutoCommit(false);
      try (Statement statement = backup.createStatement()) {
        statement.execute("LOCK TABLE event IN ACCESS SHARE MODE");
      }
      Future<?> cleaning = threads.submit(() -> clean(node));
      await().until(() -> count(WAITING) > 0);
      assertThat(count(STANDING_IN_LINE)).isZero();
      events.commit(topic, 5, 3, "young");
      String epoch = journal.head(topic).epoch();
      assertThat(seqs(topic, new Position(epoch, 3))).containsExactly(4L, 5L, 6L, 7L);
      assertThat(journal.readAfter(topic, new Position(epoch, 2), 10).reset()).isTrue();
      cleaning.get();
      assertThat(periods()).as("the backup still runs").contains(old);
    }
    clean(other);
    await().untilAsserted(() -> assertThat(periods()).doesNotContain(old));
    assertThat(journal.readAfter(topic, new Position(journal.head(topic).epoch(), 3), 1).entries())
        .hasSize(1);
  }

  private static final String WAITING =
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'ALTER TABLE event DETACH%'
          AND state = 'active' AND wait_event_type = 'Lock'
      """;

  /** Those who wait for a lock on a table, behind whom everybody who uses it would wait. */
  private static final String STANDING_IN_LINE =
      """
      SELECT count(*) FROM pg_locks
      WHERE NOT granted AND locktype = 'relation'
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      """;

  @Test
  void nodesThatComeAtTheSameTimeDoTheWorkOnce() throws Exception {
    Topic topic = newTopic();
    for (int round = 0; round < 3; round++) {
      events.commit(topic, 1, 2, "old");
      int old = beginPeriod();
      int current = old + 1;
      endedBeforeLimit(old, Duration.ofMinutes(5));
      List<Callable<Object>> work = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Crewline on = i % 2 == 0 ? node : other;
        work.add(Executors.callable(() -> clean(on)));
      }
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (Future<Object> done : threads.invokeAll(work)) {
          done.get();
        }
      }
      clean(node);
      // The current period was made to look as old as the one before it, so one more has begun.
      await()
          .untilAsserted(
              () -> assertThat(periods()).doesNotContain(old).endsWith(current, current + 1));
      assertThat(count("SELECT count(*) FROM pg_inherits WHERE inhparent = 'event'::regclass"))
          .isEqualTo(periods().size());
    }
  }

  @Test
  void readersNeverGetPastAGapWhateverRemovedTheEvents() {
    Topic topic = newTopic();
    Position beginning = journal.oldest(topic);
    events.commit(topic, 1, 5, "lost");
    database.transaction(
        () ->
            database.update(
                "DELETE FROM event WHERE seq IN (1, 2) AND topic_id ="
                    + " (SELECT id FROM topic WHERE name = ?)",
                topic.name()));
    assertThat(journal.readAfter(topic, beginning, 10).reset()).isTrue();
    assertThat(journal.readAfter(topic, new Position(beginning.epoch(), 2), 10).reset()).isFalse();
  }

  @Test
  void readingOverManyPeriodsUsesTheirIndexes() {
    Topic topic = newTopic();
    Position beginning = journal.oldest(topic);
    for (int i = 1; i <= 10; i++) {
      events.commit(topic, i, 1, "x");
      beginPeriod();
    }
    assertThat(seqs(topic, beginning))
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 10).boxed().toList());
    String plan =
        database.transaction(
            () -> {
              database.query("SELECT set_config('enable_seqscan', 'off', true)", row -> true);
              return String.join(
                  "\n",
                  database.query(
                      """
                      EXPLAIN SELECT e.seq FROM topic t LEFT JOIN LATERAL (
                          SELECT seq FROM event
                          WHERE topic_id = t.id AND seq > ? ORDER BY seq LIMIT ?) e ON true
                      WHERE t.name = ?
                      """,
                      row -> row.getString(1),
                      8L,
                      100,
                      topic.name()));
            });
    assertThat(plan).contains("Merge Append").doesNotContain("Seq Scan on event");
  }

  @Test
  void aUserWhoMayNotMakeTablesDeletesWhatIsOldAndNothingElse() throws Exception {
    String address = TestPostgres.createDatabase();
    TestNode.start(Map.of("DATABASE_URL", address)).close();
    String role = "guest_of_" + address.substring(address.lastIndexOf('/') + 1);
    try (Connection connection = connect(address);
        Statement statement = connection.createStatement()) {
      statement.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
      statement.execute("CREATE ROLE " + role + " LOGIN PASSWORD 'guest'");
      statement.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO " + role);
      statement.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO " + role);
    }
    URI uri = URI.create(address);
    String asGuest =
        "postgres://%s:guest@%s:%d%s".formatted(role, uri.getHost(), uri.getPort(), uri.getPath());
    try (Crewline guest = TestNode.start(Map.of("DATABASE_URL", asGuest))) {
      Journal read = guest.context().getBean(Journal.class);
      assertThat(partitions(guest).areOurs()).isFalse();
      Topic topic = newTopic();
      new Events(guest).commit(topic, 1, 6, "x");
      Database own = guest.context().getBean(Database.class);
      own.transaction(
          () ->
              own.update(
                  "UPDATE event SET at = ? WHERE seq <= 4",
                  Instant.now().minus(RETENTION).minusSeconds(60)));
      own.transaction(
          () ->
              own.update(
                  "UPDATE event SET at = ? WHERE seq = 4",
                  Instant.now().minus(RETENTION).plusSeconds(600)));

      clean(guest);

      String epoch = read.head(topic).epoch();
      assertThat(read.oldest(topic).seq()).isEqualTo(3);
      assertThat(read.readAfter(topic, new Position(epoch, 2), 10).reset()).isTrue();
      assertThat(read.readAfter(topic, new Position(epoch, 3), 10).entries())
          .extracting(JournalEntry::seq)
          .containsExactly(4L, 5L, 6L);
    }
  }

  private static Topic newTopic() {
    return Topic.room("test:period-" + TOPICS.incrementAndGet());
  }

  private static void clean(Crewline on) {
    on.context().getBean(JournalCleaner.class).run();
  }

  private static EventPartitions partitions(Crewline on) {
    return on.context().getBean(EventPartitions.class);
  }

  private static int beginPeriod() {
    return beginPeriod(node);
  }

  /** Ends the current period and returns it. */
  private static int beginPeriod(Crewline on) {
    int before = periods().getLast();
    // The cleaner of a node may be at work at this moment.
    await()
        .until(
            () -> {
              partitions(on).begin(Instant.now().plusSeconds(60));
              return periods().getLast() > before;
            });
    return periods().getLast() - 1;
  }

  /** Leaves the current period alone, so that no other one is dropped first. */
  private static void dropAllBeforeNow() {
    int old = beginPeriod();
    endedBeforeLimit(old, Duration.ofMinutes(5));
    await()
        .untilAsserted(
            () -> {
              partitions(node).dropEnded(Instant.now().minus(RETENTION), () -> {});
              assertThat(periods()).containsExactly(old + 1);
            });
    begunBefore(old + 1, Duration.ZERO);
  }

  private static void begunBefore(int period, Duration ago) {
    database.transaction(
        () ->
            database.update(
                "UPDATE event_period SET begun_at = ? WHERE period = ?",
                Instant.now().minus(ago),
                period));
  }

  /** Lets a period look as if it had ended so long before what retention keeps. */
  private static void endedBeforeLimit(int period, Duration before) {
    begunBefore(period + 1, RETENTION.plus(before));
  }

  private static List<Integer> periods() {
    return database.transaction(
        () ->
            database.query(
                "SELECT period FROM event_period ORDER BY period", row -> row.getInt("period")));
  }

  private static List<Long> seqs(Topic topic, Position after) {
    JournalPage page = journal.readAfter(topic, after, 100);
    assertThat(page.reset()).isFalse();
    return page.entries().stream().map(JournalEntry::seq).toList();
  }

  private static long count(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Connection connect() throws SQLException {
    return connect(url);
  }

  private static Connection connect(String address) throws SQLException {
    URI uri = URI.create(address);
    String[] user = uri.getUserInfo().split(":");
    return DriverManager.getConnection(
        "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath(),
        user[0],
        user[1]);
  }
}
