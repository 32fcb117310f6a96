package io.crewline.chaos;

import io.crewline.journal.Audience;
import io.crewline.platform.JsonText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The journal as PostgreSQL holds it, read past the nodes. */
final class JournalCopy {
  private final Map<String, TopicCopy> topics = new LinkedHashMap<>();

  /** One topic; its events in sequence. */
  static final class TopicCopy {
    final String name;
    final String epoch;
    final long head;
    final long floor;
    private final Longs seqs = new Longs();
    private final Longs subjects = new Longs();
    private final Longs keys = new Longs();
    private final Longs times = new Longs();
    private final Longs contents = new Longs();
    private final List<@Nullable String> changes = new ArrayList<>();

    /** The fields of the task, as one number, by index; only of tasks. */
    private final Map<Integer, Integer> states = new HashMap<>();

    /** Of events that not everybody sees, by sequence number. */
    private final Map<Long, Audience> audiences = new HashMap<>();

    TopicCopy(String name, String epoch, long head, long floor) {
      this.name = name;
      this.epoch = epoch;
      this.head = head;
      this.floor = floor;
    }

    /**
     * @param subject the message or the task, else 0
     * @param at when it was recorded, in milliseconds since 1970
     * @param content as {@link Facts#content} has it
     */
    void add(long seq, long subject, long key, long at, int content, @Nullable String change) {
      seqs.add(seq);
      subjects.add(subject);
      keys.add(key);
      times.add(at);
      contents.add(content);
      changes.add(change);
    }

    /** The fields of the task that the last event is about. */
    void ofTask(int content) {
      states.put(size() - 1, content);
    }

    /** The fields of the task, as one number. */
    int state(int index) {
      return states.getOrDefault(index, 0);
    }

    /** Only some see an event. */
    void restrict(long seq, Audience audience) {
      audiences.put(seq, audience);
    }

    int size() {
      return seqs.size();
    }

    long seq(int index) {
      return seqs.get(index);
    }

    long subject(int index) {
      return subjects.get(index);
    }

    @Nullable String change(int index) {
      return changes.get(index);
    }

    /** What somebody sees of an event; null for nothing. Who sees all has no name. */
    @Nullable Integer content(int index, String username) {
      Audience audience = audiences.get(seqs.get(index));
      if (audience == null
          || audience.seers().contains(username)
          || audience.whole() && username.isEmpty()) {
        return (int) contents.get(index);
      }
      return audience.leavers().contains(username)
              && audience.farewell() instanceof Audience.Farewell(String type, JsonText data)
          ? Integer.valueOf(Facts.content(type, Link.parse(data.text())))
          : null;
    }

    /** The next sequence number of which somebody sees something. */
    long next(long after, String username) {
      long next = after + 1;
      for (int i = index(next); i >= 0 && content(i, username) == null; i = index(next)) {
        next++;
      }
      return next;
    }

    long key(int index) {
      return keys.get(index);
    }

    long at(int index) {
      return times.get(index);
    }

    /** Where a sequence number is; -1 when the journal does not hold it. */
    int index(long seq) {
      int low = 0;
      int high = size() - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        long found = seqs.get(middle);
        if (found == seq) {
          return middle;
        }
        if (found < seq) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      return -1;
    }
  }

  TopicCopy add(TopicCopy topic) {
    topics.put(topic.name, topic);
    return topic;
  }

  @Nullable TopicCopy topic(String name) {
    return topics.get(name);
  }

  Iterable<TopicCopy> topics() {
    return topics.values();
  }

  /** Reads all of it, in one snapshot. */
  static JournalCopy read(Connection connection) throws SQLException {
    JournalCopy copy = new JournalCopy();
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    Map<Long, TopicCopy> byId = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT id, name, epoch || (SELECT suffix FROM database_life) AS epoch, head, floor"
                    + " FROM topic")) {
      while (rows.next()) {
        byId.put(
            rows.getLong("id"),
            copy.add(
                new TopicCopy(
                    rows.getString("name"),
                    rows.getString("epoch"),
                    rows.getLong("head"),
                    rows.getLong("floor"))));
      }
    }
    String sql = "SELECT topic_id, seq, type, at, data, audience FROM event ORDER BY topic_id, seq";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setFetchSize(5000);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          TopicCopy topic = byId.get(rows.getLong("topic_id"));
          if (topic != null) {
            String type = rows.getString("type");
            Map<String, Object> data = Link.parse(rows.getString("data"));
            topic.add(
                rows.getLong("seq"),
                Facts.subject(type, data),
                Facts.key(type, data),
                rows.getTimestamp("at").getTime(),
                Facts.content(type, data),
                Facts.change(type, data));
            if (data.get("task") instanceof Map<?, ?> task) {
              topic.ofTask(task.hashCode());
            }
            String audience = rows.getString("audience");
            if (audience != null) {
              topic.restrict(rows.getLong("seq"), Audience.parse(audience));
            }
          }
        }
      }
    }
    connection.rollback();
    return copy;
  }

  /** The head of each topic, and for each who sees only some of it the last that they see. */
  static Map<String, Long> heads(Connection connection) throws SQLException {
    Map<String, Long> heads = new LinkedHashMap<>();
    String sql =
        """
        SELECT name, head FROM topic
        UNION ALL
        SELECT t.name || ' ' || username, max(e.seq)
        FROM topic t
        JOIN event e ON e.topic_id = t.id AND e.audience IS NOT NULL,
        LATERAL regexp_split_to_table(
            split_part(e.audience, E'\\n', 2) || ' ' || split_part(e.audience, E'\\n', 3), ' ')
            AS username
        WHERE t.name = 'tasks' AND username <> ''
        GROUP BY 1
        """;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        heads.put(rows.getString(1), rows.getLong(2));
      }
    }
    return heads;
  }
}
