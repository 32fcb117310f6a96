package io.crewline.chat;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** SQL of {@code message_count}. */
@Singleton
final class MessageCountRepository {
  private static final String EXTEND =
      """
      WITH room AS MATERIALIZED (
          SELECT w.cid, coalesce(l.seq, d.up_to, 0) AS seq, coalesce(l.messages, 0) AS messages
          FROM unnest(?::text[]) AS w (cid)
          LEFT JOIN deleted_room d ON d.cid = w.cid
          LEFT JOIN LATERAL (
              SELECT c.seq, c.messages FROM message_count c
              WHERE c.cid = w.cid ORDER BY c.seq DESC LIMIT 1) l ON true),
      counted AS MATERIALIZED (
          SELECT room.cid, n.seq, room.messages + n.row AS messages, n.row
          FROM room CROSS JOIN LATERAL (
              SELECT x.seq, row_number() OVER (ORDER BY x.seq) AS row
              FROM (SELECT m.seq FROM message m
                    WHERE m.cid = room.cid AND m.seq > room.seq
                    ORDER BY m.seq LIMIT ?) x) n),
      stored AS (
          INSERT INTO message_count (cid, seq, messages)
          SELECT cid, seq, messages FROM counted WHERE messages % ? = 0
          ON CONFLICT DO NOTHING)
      SELECT cid FROM counted WHERE row = ?
      """;

  private final Database database;

  MessageCountRepository(Database database) {
    this.database = database;
  }

  /** Rooms by cid, after a cid. */
  List<String> rooms(String after, int limit) {
    return database.query(
        "SELECT cid FROM room WHERE cid > ? ORDER BY cid LIMIT ?",
        row -> row.getString("cid"),
        after,
        limit);
  }

  /**
   * Counts messages after the last row of each room and stores a row for every {@code step}th. Does
   * nothing for a room that somebody else is counting or deleting: the lock makes sure that all
   * rows of a room continue each other and belong to its present life.
   *
   * @param most messages of one room
   * @return rooms that may have more
   */
  List<String> extend(Collection<String> cids, int step, int most) {
    List<String> locked =
        database.query(
            "SELECT cid FROM room WHERE cid = ANY (?) ORDER BY cid FOR NO KEY UPDATE SKIP LOCKED",
            row -> row.getString("cid"),
            (Object) cids.toArray(String[]::new));
    int whole = most - most % step;
    return locked.isEmpty()
        ? List.of()
        : new ArrayList<>(
            database.query(
                EXTEND,
                row -> row.getString("cid"),
                locked.toArray(String[]::new),
                whole,
                step,
                whole));
  }
}
