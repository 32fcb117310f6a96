package io.crewline.chaos;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
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
    private final Longs messages = new Longs();
    private final Longs keys = new Longs();
    private final Longs times = new Longs();

    TopicCopy(String name, String epoch, long head, long floor) {
      this.name = name;
      this.epoch = epoch;
      this.head = head;
      this.floor = floor;
    }

    /**
     * @param messageId of a new message, else 0
     * @param at when it was recorded, in milliseconds since 1970
     */
    void add(long seq, long messageId, long key, long at) {
      seqs.add(seq);
      messages.add(messageId);
      keys.add(key);
      times.add(at);
    }

    int size() {
      return seqs.size();
    }

    long seq(int index) {
      return seqs.get(index);
    }

    long messageId(int index) {
      return messages.get(index);
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
        ResultSet rows = statement.executeQuery("SELECT id, name, epoch, head, floor FROM topic")) {
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
    String sql =
        """
        SELECT e.topic_id, e.seq, e.at, x.message ->> 'id' AS id,
               x.message ->> 'clientId' AS client_id
        FROM event e
        LEFT JOIN LATERAL (SELECT e.data::json -> 'message' AS message) x
            ON e.type = 'message.new'
        ORDER BY e.topic_id, e.seq
        """;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setFetchSize(5000);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          TopicCopy topic = byId.get(rows.getLong("topic_id"));
          if (topic != null) {
            topic.add(
                rows.getLong("seq"),
                rows.getLong("id"),
                SendKey.parse(rows.getString("client_id")),
                rows.getTimestamp("at").getTime());
          }
        }
      }
    }
    connection.rollback();
    return copy;
  }

  /** The head of each topic. */
  static Map<String, Long> heads(Connection connection) throws SQLException {
    Map<String, Long> heads = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT name, head FROM topic")) {
      while (rows.next()) {
        heads.put(rows.getString("name"), rows.getLong("head"));
      }
    }
    return heads;
  }
}
