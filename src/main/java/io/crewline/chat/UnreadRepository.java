package io.crewline.chat;

import io.crewline.chat.RoomRepository.Sight;
import io.crewline.chat.UnreadService.Unread;
import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** SQL of unread messages and read positions. */
@Singleton
final class UnreadRepository {
  /**
   * Messages after the read position that are not deleted: those up to the next row of {@code
   * message_count}, what the rows say from there to the last one, and those after that. The user's
   * own messages are never past the read position, since sending moves it.
   *
   * <p>Each part is a look-up in an index, of {@code LIMIT} entries at most.
   */
  private static final String COUNTS =
      """
      SELECT m.username, m.cid, greatest(head.n, tail.n) AS counted,
             head.n + coalesce(final.messages - first.messages, 0) + tail.n - deleted.n AS unread
      FROM room_member m
      LEFT JOIN LATERAL (
          SELECT c.seq, c.messages FROM message_count c
          WHERE c.cid = m.cid AND c.seq >= m.read_seq ORDER BY c.seq LIMIT 1) first ON true
      LEFT JOIN LATERAL (
          SELECT c.seq, c.messages FROM message_count c
          WHERE first.seq IS NOT NULL AND c.cid = m.cid ORDER BY c.seq DESC LIMIT 1) final ON true
      CROSS JOIN LATERAL (
          SELECT count(*) AS n FROM (
              SELECT 1 FROM message x
              WHERE x.cid = m.cid AND x.seq > m.read_seq AND x.seq <= first.seq LIMIT ?) y) head
      CROSS JOIN LATERAL (
          SELECT count(*) AS n FROM (
              SELECT 1 FROM message x
              WHERE x.cid = m.cid AND x.seq > coalesce(final.seq, m.read_seq) LIMIT ?) y) tail
      CROSS JOIN LATERAL (
          SELECT count(*) AS n FROM message x
          WHERE x.cid = m.cid AND x.seq > m.read_seq AND x.deleted_at IS NOT NULL) deleted
      """;

  private static final String DETAILS =
      """
      SELECT m.cid, mentioned.mentions, first.id AS first_unread
      FROM room_member m
      CROSS JOIN LATERAL (
          SELECT count(*) AS mentions FROM message x
          WHERE x.cid = m.cid AND x.seq > m.read_seq AND x.author <> m.username
            AND x.deleted_at IS NULL AND x.mentions <> '{}' AND m.username = ANY (x.mentions)
      ) mentioned
      LEFT JOIN LATERAL (
          SELECT x.id FROM message x
          WHERE x.cid = m.cid AND x.seq > m.read_seq AND x.author <> m.username
            AND x.deleted_at IS NULL
          ORDER BY x.seq LIMIT 1) first ON true
      WHERE m.username = ?
      """;

  private static final String ROOMS =
      """
      SELECT u.username,
             (SELECT count(*) FROM (
                 SELECT 1 FROM room_member m WHERE m.username = u.username LIMIT ?) y) AS rooms
      FROM unnest(?::text[]) AS u (username)
      """;

  private final Database database;

  UnreadRepository(Database database) {
    this.database = database;
  }

  /**
   * A room's unread messages.
   *
   * @param counted the most messages that were counted one by one; {@code unread} is too low when
   *     that is the limit
   */
  record Count(String cid, long unread, long counted) {}

  /** How many rooms each user is in, counted up to a limit. */
  Map<String, Integer> roomsOf(Collection<String> usernames, int limit) {
    Map<String, Integer> rooms = new HashMap<>();
    database.query(
        ROOMS,
        row -> rooms.put(row.getString("username"), row.getInt("rooms")),
        limit,
        usernames.toArray(String[]::new));
    return rooms;
  }

  /** All rooms of some users, counting at most {@code limit} messages one by one. */
  Map<String, List<Count>> counts(Collection<String> usernames, int limit) {
    Map<String, List<Count>> counts = new HashMap<>();
    if (!usernames.isEmpty()) {
      database.query(
          COUNTS + "WHERE m.username = ANY (?)",
          row ->
              counts
                  .computeIfAbsent(row.getString("username"), user -> new ArrayList<>())
                  .add(count(row)),
          limit,
          limit,
          usernames.toArray(String[]::new));
    }
    return counts;
  }

  /** All rooms of a user, counting at most {@code limit} messages one by one. */
  List<Count> counts(String username, int limit) {
    return database.query(
        COUNTS + "WHERE m.username = ?", UnreadRepository::count, limit, limit, username);
  }

  /** Those of the rooms that the user is a member of, however much there is to count. */
  List<Count> counts(String username, Collection<String> cids) {
    return database.query(
        COUNTS + "WHERE m.username = ? AND m.cid = ANY (?)",
        UnreadRepository::count,
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        username,
        cids.toArray(String[]::new));
  }

  /** Pairs of user and room, counting at most {@code limit} messages one by one. */
  Map<Sight, Count> counts(Collection<Sight> sights, long limit) {
    Map<Sight, Count> counts = new HashMap<>();
    if (!sights.isEmpty()) {
      database.query(
          COUNTS
              + """
              WHERE (m.cid, m.username) IN (
                  SELECT cid, username FROM unnest(?::text[], ?::text[]) AS a (cid, username))
              """,
          row -> counts.put(new Sight(row.getString("username"), row.getString("cid")), count(row)),
          limit,
          limit,
          sights.stream().map(Sight::cid).toArray(String[]::new),
          sights.stream().map(Sight::username).toArray(String[]::new));
    }
    return counts;
  }

  /** Mentions and first unread messages, by cid, of some rooms or all; not how many are unread. */
  List<Unread> details(String username, @Nullable Collection<String> cids) {
    return database.query(
        DETAILS + (cids == null ? "" : "AND m.cid = ANY (?) ") + "ORDER BY m.cid",
        row ->
            new Unread(
                row.getString("cid"),
                0,
                row.getLong("mentions"),
                Database.longOrNull(row, "first_unread")),
        cids == null
            ? new Object[] {username}
            : new Object[] {username, cids.toArray(String[]::new)});
  }

  private static Count count(ResultSet row) throws SQLException {
    return new Count(row.getString("cid"), row.getLong("unread"), row.getLong("counted"));
  }
}
