package io.crewline.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.journal.Journal;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.testing.Events;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.stream.LongStream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;

/** The journal of a version that had it in one table. */
final class EventPartitionsMigrationTest {
  private static final Topic ROOM = Topic.room("messaging:old");

  /** As the version before writes: it names no period. */
  private static final String RECORD =
      """
      WITH taken AS (
          UPDATE topic SET head = head + 1 WHERE name = 'room:messaging:old' RETURNING id, head)
      INSERT INTO event (topic_id, seq, type, at, data, audience)
      SELECT id, head, 'noted', clock_timestamp(), '{}', NULL FROM taken
      """;

  @Test
  void itsEventsAreReadOnAndNotOneIsRewritten() throws SQLException {
    String url = TestPostgres.createDatabase();
    migrate(url, "11");
    try (Connection connection = connect(url);
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          INSERT INTO topic (name, head, floor) VALUES ('room:messaging:old', 2000, 20);
          INSERT INTO event (topic_id, seq, type, at, data)
          SELECT id, seq, 'noted', now() - interval '1 day', '{}'
          FROM topic, generate_series(21, 2000) AS seq WHERE name = 'room:messaging:old'
          """);
      String file = file(statement, "event");
      for (String version : new String[] {"14", "15", "16", "17"}) {
        migrate(url, version);
        statement.execute(RECORD);
      }
      assertThat(file(statement, "event_0")).isEqualTo(file);
      assertThat(number(statement, "SELECT count(*) FROM ONLY event_0")).isEqualTo(1983);
      assertThat(number(statement, "SELECT count(*) FROM ONLY event_1")).isOne();

      try (Crewline node = TestNode.start(Map.of("DATABASE_URL", url))) {
        statement.execute(RECORD);
        new Events(node).commit(ROOM, 1, 1, "new");
        Journal journal = node.context().getBean(Journal.class);
        Position oldest = journal.oldest(ROOM);
        assertThat(oldest.seq()).isEqualTo(20);
        assertThat(journal.readAfter(ROOM, oldest, 5000).entries())
            .extracting(JournalEntry::seq)
            .containsExactlyElementsOf(LongStream.rangeClosed(21, 2006).boxed().toList());
        assertThat(journal.readAfter(ROOM, new Position(oldest.epoch(), 19), 1).reset()).isTrue();
      }
    }
  }

  private static String file(Statement statement, String table) throws SQLException {
    try (ResultSet result =
        statement.executeQuery("SELECT pg_relation_filepath('" + table + "')")) {
      result.next();
      return result.getString(1);
    }
  }

  private static long number(Statement statement, String sql) throws SQLException {
    try (ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }

  private static void migrate(String url, String version) {
    URI uri = URI.create(url);
    String[] user = uri.getUserInfo().split(":");
    Flyway.configure().dataSource(jdbc(uri), user[0], user[1]).target(version).load().migrate();
  }

  private static Connection connect(String url) throws SQLException {
    URI uri = URI.create(url);
    String[] user = uri.getUserInfo().split(":");
    return DriverManager.getConnection(jdbc(uri), user[0], user[1]);
  }

  private static String jdbc(URI uri) {
    return "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath();
  }
}
