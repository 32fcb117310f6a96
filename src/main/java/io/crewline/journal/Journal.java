package io.crewline.journal;

import io.crewline.platform.ApiException;
import io.crewline.platform.BatchLoader;
import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
  private static final int OPENED_AT_ONCE = 500;

  private static final String EPOCH = "topic.epoch || " + DatabaseLife.SUFFIX + " AS epoch";

  private final Database database;
  private final DatabaseLife life;
  private final JournalRecorder recorder;
  private final BatchLoader<Topic, TopicState> opening;

  Journal(Database database, DatabaseLife life, JournalRecorder recorder) {
    this.database = database;
    this.life = life;
    this.recorder = recorder;
    this.opening = new BatchLoader<>(OPENED_AT_ONCE, this::openAll);
  }

  /**
   * Starts a new life of a topic: a new epoch, and none of the events of the life before. Those
   * keep the id that the topic had, so that nobody can reach them, and go with retention: the cost
   * is one row, however many there are.
   */
  public void begin(Topic topic) {
    database.transaction(
        () ->
            database.update(
                """
                INSERT INTO topic (name) VALUES (?)
                ON CONFLICT (name) DO UPDATE
                SET epoch = excluded.epoch, floor = topic.head, id = DEFAULT
                """,
                topic.name()));
  }

  /**
   * Begins a new life of all topics if the database is another than before: a standby that was
   * promoted, or a restored backup. Recording looks for itself; this is for those who only read.
   */
  public void checkLife() {
    life.check();
  }

  /**
   * Gives a topic a new epoch if it is behind a position that was delivered: the database has gone
   * back in time without becoming another.
   *
   * @param delivered a position whose event was committed before this call
   * @return whether it is behind
   */
  public boolean renewIfBehind(Topic topic, Position delivered) {
    return database.transaction(
        () ->
            database.update(
                    """
                    UPDATE topic SET epoch = DEFAULT
                    WHERE name = ? AND head < ? AND epoch || %s = ?
                    """
                        .formatted(DatabaseLife.SUFFIX),
                    topic.name(),
                    delivered.seq(),
                    delivered.epoch())
                > 0);
  }

  /**
   * The state of a topic, which is created if it has never been written to. Outside a transaction
   * those who ask at the same time share a query.
   */
  public TopicState open(Topic topic) {
    TopicState state =
        database.inTransaction() ? openAll(Set.of(topic)).get(topic) : opening.load(topic);
    return Objects.requireNonNull(state, "a topic that was just made");
  }

  private Map<Topic, TopicState> openAll(Set<Topic> topics) {
    return database.transaction(
        () -> {
          Map<Topic, TopicState> states = states(topics);
          if (states.size() < topics.size()) {
            database.update(
                """
                INSERT INTO topic (name) SELECT name FROM unnest(?) AS name ORDER BY name
                ON CONFLICT DO NOTHING
                """,
                (Object)
                    topics.stream()
                        .filter(topic -> !states.containsKey(topic))
                        .map(Topic::name)
                        .toArray(String[]::new));
            states.putAll(states(topics));
          }
          return states;
        });
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
                    "SELECT " + EPOCH + ", head FROM topic WHERE name = ?",
                    Journal::head,
                    topic.name())
                .orElseThrow(() -> ApiException.notFound("topic")));
  }

  /**
   * The position before the oldest event that is still kept: reading after it gives everything
   * there is. The topic is created if it has never been written to.
   */
  public Position oldest(Topic topic) {
    TopicState state = open(topic);
    return new Position(state.head().epoch(), state.floor());
  }

  /** The newest positions of many topics, in one query. Unknown topics are left out. */
  public Map<Topic, Position> heads(Collection<Topic> topics) {
    Map<Topic, Position> heads = new HashMap<>();
    states(topics).forEach((topic, state) -> heads.put(topic, state.head()));
    return heads;
  }

  /** The states of many topics, in one query. Unknown topics are left out. */
  public Map<Topic, TopicState> states(Collection<Topic> topics) {
    String[] names = topics.stream().map(Topic::name).toArray(String[]::new);
    Map<Topic, TopicState> states = new HashMap<>();
    database.transaction(
        () ->
            database.query(
                "SELECT name, " + EPOCH + ", head, floor FROM topic WHERE name = ANY (?)",
                row -> states.put(new Topic(row.getString("name")), state(row)),
                (Object) names));
    return states;
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
          List<TopicState> found =
              database.query(
                  """
                  SELECT t.epoch || %s AS epoch, t.head, t.floor, e.seq, e.type, e.at, e.data, e.audience
                  FROM topic t
                  LEFT JOIN LATERAL (
                      SELECT seq, type, at, data, audience FROM event
                      WHERE topic_id = t.id AND seq > ? ORDER BY seq LIMIT ?) e ON true
                  WHERE t.name = ?
                  ORDER BY e.seq
                  """
                      .formatted(DatabaseLife.SUFFIX),
                  row -> {
                    if (row.getString("type") != null) {
                      entries.add(entry(topic, row));
                    }
                    return state(row);
                  },
                  after.seq(),
                  limit,
                  topic.name());
          if (found.isEmpty()) {
            throw ApiException.notFound("topic");
          }
          TopicState state = found.getFirst();
          return state.continues(after) && (limit == 0 || isWhole(topic, after, entries, state))
              ? new JournalPage(entries, state.head(), false)
              : new JournalPage(List.of(), state.head(), true);
        });
  }

  /**
   * Whether the events go on right after the position. They always do, as the floor rises before
   * events go; should something else have removed some, nobody shall get what is beyond the gap.
   */
  private static boolean isWhole(
      Topic topic, Position after, List<JournalEntry> entries, TopicState state) {
    boolean whole =
        entries.isEmpty()
            ? after.seq() == state.head().seq()
            : entries.getFirst().seq() == after.seq() + 1;
    if (!whole) {
      LOG.warn("The journal of {} lacks what followed {}: its readers read afresh", topic, after);
    }
    return whole;
  }

  private static TopicState state(ResultSet row) throws SQLException {
    return new TopicState(head(row), row.getLong("floor"));
  }

  private static Position head(ResultSet row) throws SQLException {
    return new Position(row.getString("epoch"), row.getLong("head"));
  }

  private static JournalEntry entry(Topic topic, ResultSet row) throws SQLException {
    String audience = row.getString("audience");
    return new JournalEntry(
        topic,
        row.getString("epoch"),
        row.getLong("seq"),
        row.getString("type"),
        Database.instant(row, "at"),
        row.getString("data"),
        audience == null ? null : Audience.parse(audience));
  }
}
