package io.crewline.journal;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Reads topics and hands out their sequence numbers. Thread-safe.
 *
 * <p>Guarantee: the sequence numbers of a topic's committed events are 1, 2, 3 … without holes, in
 * commit order, because the topic's row stays locked from the moment a number is given until the
 * transaction ends. A reader that has seen {@code n} and reads after it can therefore never skip an
 * event that commits later.
 */
@Singleton
public final class Journal {
  private final Database database;
  private final JournalRecorder recorder;

  Journal(Database database, JournalRecorder recorder) {
    this.database = database;
    this.recorder = recorder;
  }

  /** Starts a new life of a topic: a new epoch, and none of the events of the life before. */
  public void begin(Topic topic) {
    database.transaction(
        () -> {
          database.update(
              """
              INSERT INTO topic (name) VALUES (?)
              ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, floor = topic.head
              """,
              topic.name());
          database.update(
              "DELETE FROM event USING topic WHERE topic_id = topic.id AND topic.name = ?",
              topic.name());
        });
  }

  /** The newest position of a topic, which is created if it has never been written to. */
  public Position open(Topic topic) {
    return database.transaction(
        () ->
            database
                .queryOne(
                    "SELECT epoch, head FROM topic WHERE name = ?", Journal::head, topic.name())
                .orElseGet(
                    () -> {
                      database.update(
                          "INSERT INTO topic (name) VALUES (?) ON CONFLICT DO NOTHING",
                          topic.name());
                      return head(topic);
                    }));
  }

  /**
   * The newest position of a topic.
   *
   * @throws ApiException NOT_FOUND
   */
  public Position head(Topic topic) {
    return database.transaction(
        () ->
            database
                .queryOne(
                    "SELECT epoch, head FROM topic WHERE name = ?", Journal::head, topic.name())
                .orElseThrow(() -> ApiException.notFound("topic")));
  }

  /**
   * The position before the oldest event that is still kept: reading after it gives everything
   * there is. The topic is created if it has never been written to.
   */
  public Position oldest(Topic topic) {
    return database.transaction(
        () -> {
          Position head = open(topic);
          return database
              .queryOne(
                  "SELECT floor FROM topic WHERE name = ? AND epoch = ?",
                  row -> new Position(head.epoch(), row.getLong("floor")),
                  topic.name(),
                  head.epoch())
              .orElse(head);
        });
  }

  /** The newest positions of many topics, in one query. Unknown topics are left out. */
  public Map<Topic, Position> heads(Collection<Topic> topics) {
    String[] names = topics.stream().map(Topic::name).toArray(String[]::new);
    Map<Topic, Position> heads = new HashMap<>();
    database.transaction(
        () ->
            database.query(
                "SELECT name, epoch, head FROM topic WHERE name = ANY (?)",
                row -> heads.put(new Topic(row.getString("name")), head(row)),
                (Object) names));
    return heads;
  }

  /**
   * Reserves the next sequence numbers of topics, {@code counts} of each, for changes that must
   * know them. Locks the topics, in name order, until the transaction ends; call it at most once in
   * a transaction and after all row locks. Every number must be published as an event before the
   * transaction commits, otherwise it rolls back: there are no holes.
   */
  public Map<Topic, Reservation> reserve(SortedMap<Topic, Long> counts) {
    return recorder.reserve(counts);
  }

  /** The events after a position, at most {@code limit}; one statement, hence one snapshot. */
  public JournalPage readAfter(Topic topic, Position after, int limit) {
    return database.transaction(
        () -> {
          List<JournalEntry> entries = new ArrayList<>();
          List<TopicRow> found =
              database.query(
                  """
                  SELECT t.epoch, t.head, t.floor, e.seq, e.type, e.at, e.data
                  FROM topic t
                  LEFT JOIN LATERAL (
                      SELECT seq, type, at, data FROM event
                      WHERE topic_id = t.id AND seq > ? ORDER BY seq LIMIT ?) e ON true
                  WHERE t.name = ?
                  ORDER BY e.seq
                  """,
                  row -> {
                    if (row.getString("type") != null) {
                      entries.add(entry(topic, row));
                    }
                    return new TopicRow(head(row), row.getLong("floor"));
                  },
                  after.seq(),
                  limit,
                  topic.name());
          if (found.isEmpty()) {
            throw ApiException.notFound("topic");
          }
          TopicRow state = found.getFirst();
          Position head = state.head();
          if (!head.epoch().equals(after.epoch())
              || after.seq() < state.floor()
              || after.seq() > head.seq()) {
            return new JournalPage(List.of(), head, true);
          }
          return new JournalPage(entries, head, false);
        });
  }

  private record TopicRow(Position head, long floor) {}

  private static Position head(ResultSet row) throws SQLException {
    return new Position(row.getString("epoch"), row.getLong("head"));
  }

  private static JournalEntry entry(Topic topic, ResultSet row) throws SQLException {
    return new JournalEntry(
        topic,
        row.getString("epoch"),
        row.getLong("seq"),
        row.getString("type"),
        Database.instant(row, "at"),
        row.getString("data"));
  }
}
