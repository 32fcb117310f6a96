package io.crewline.notification;

import io.crewline.platform.Database;
import io.crewline.platform.Json;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** SQL of notifications and of what users want of them. */
@Singleton
final class NotificationRepository {
  /** In the order of users and causes, so that two transactions never wait crosswise. */
  private static final String INSERT =
      """
      INSERT INTO notification (username, kind, cause, actor, data, created_at)
      SELECT c.username, c.kind, c.cause, c.actor, c.data, ?
      FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[]) WITH ORDINALITY
          AS c (username, kind, cause, actor, data, ord)
      LEFT JOIN notification_settings s USING (username)
      WHERE s.muted IS NULL OR c.kind <> ALL (s.muted)
      ORDER BY c.username, c.ord
      ON CONFLICT (username, cause) DO NOTHING
      RETURNING *
      """;

  /** What another transaction removes already is left to it. */
  private static final String TRIM =
      """
      WITH old AS MATERIALIZED (
          SELECT n.id FROM unnest(?::text[]) AS u (username)
          CROSS JOIN LATERAL (
              SELECT x.id FROM notification x WHERE x.username = u.username
              ORDER BY x.id DESC OFFSET ? LIMIT 1000) n),
      mine AS MATERIALIZED (
          SELECT id FROM notification WHERE id IN (SELECT id FROM old)
          FOR UPDATE SKIP LOCKED)
      DELETE FROM notification WHERE id IN (SELECT id FROM mine)
      """;

  private final Database database;
  private final Json json;

  NotificationRepository(Database database, Json json) {
    this.database = database;
    this.json = json;
  }

  /** A notification and whose it is. */
  record Owned(String username, Notification notification) {}

  /** Stores what was not stored before and is not muted; in the order of ids. */
  List<Owned> insert(List<Cause> causes, Instant at) {
    return database
        .query(
            INSERT,
            row -> new Owned(row.getString("username"), notification(row)),
            at,
            texts(causes, Cause::username),
            texts(causes, cause -> cause.kind().wireName()),
            texts(causes, Cause::key),
            texts(causes, this::actor),
            texts(causes, cause -> json.write(cause.data())))
        .stream()
        .sorted((a, b) -> Long.compare(a.notification().id(), b.notification().id()))
        .toList();
  }

  /** Removes what is beyond the newest of each user. */
  void trim(Collection<String> usernames, int kept) {
    database.update(TRIM, usernames.toArray(String[]::new), kept);
  }

  /** Removes those that were read before a time, at most some thousands. Returns how many. */
  int removeReadBefore(Instant limit, int most) {
    return database.update(
        """
        DELETE FROM notification WHERE id IN (
            SELECT id FROM notification WHERE read_at < ?
            ORDER BY read_at LIMIT ? FOR UPDATE SKIP LOCKED)
        """,
        limit,
        most);
  }

  /** Those with smaller ids, the newest first. */
  List<Notification> before(String username, long id, boolean unreadOnly, int limit) {
    return database.query(
        """
        SELECT * FROM notification
        WHERE username = ? AND id < ? %s ORDER BY id DESC LIMIT ?
        """
            .formatted(unreadOnly ? "AND read_at IS NULL" : ""),
        this::notification,
        username,
        id,
        limit);
  }

  boolean exists(String username, long id) {
    return database
        .queryOne(
            "SELECT 1 FROM notification WHERE id = ? AND username = ?", row -> 1, id, username)
        .isPresent();
  }

  /** Unread ones by user; users without any are left out. */
  Map<String, Long> unread(Collection<String> usernames) {
    Map<String, Long> unread = new HashMap<>();
    database.query(
        """
        SELECT username, count(*) AS unread FROM notification
        WHERE username = ANY (?) AND read_at IS NULL GROUP BY username
        """,
        row -> unread.put(row.getString("username"), row.getLong("unread")),
        (Object) usernames.toArray(String[]::new));
    return unread;
  }

  /**
   * Marks unread ones of a user as read, all of them without ids. Returns which they were, in
   * order; they are locked in that order.
   */
  List<Long> markRead(String username, @Nullable Collection<Long> ids, Instant at) {
    Long[] wanted = ids == null ? null : ids.toArray(Long[]::new);
    Long[] unread =
        database
            .query(
                """
                SELECT id FROM notification
                WHERE username = ? AND read_at IS NULL %s ORDER BY id FOR NO KEY UPDATE
                """
                    .formatted(wanted == null ? "" : "AND id = ANY (?)"),
                row -> row.getLong("id"),
                wanted == null ? new Object[] {username} : new Object[] {username, wanted})
            .toArray(Long[]::new);
    if (unread.length > 0) {
      database.update("UPDATE notification SET read_at = ? WHERE id = ANY (?)", at, unread);
    }
    return List.of(unread);
  }

  /** Kinds that a user does not want. */
  Set<String> muted(String username) {
    return muted(username, "");
  }

  /** As {@link #muted(String)}; nobody else changes them until the transaction ends. */
  Set<String> lockMuted(String username) {
    database.update(
        "INSERT INTO notification_settings (username) VALUES (?) ON CONFLICT DO NOTHING", username);
    return muted(username, "FOR UPDATE");
  }

  private Set<String> muted(String username, String lock) {
    return database
        .queryOne(
            "SELECT muted FROM notification_settings WHERE username = ? " + lock,
            row -> (Set<String>) new HashSet<>(List.of((String[]) row.getArray(1).getArray())),
            username)
        .orElseGet(HashSet::new);
  }

  void mute(String username, Collection<String> kinds) {
    database.update(
        "UPDATE notification_settings SET muted = ? WHERE username = ?",
        kinds.stream().sorted().toArray(String[]::new),
        username);
  }

  private Notification notification(ResultSet row) throws SQLException {
    String actor = row.getString("actor");
    return new Notification(
        row.getLong("id"),
        row.getString("kind"),
        Database.instant(row, "created_at"),
        Database.instantOrNull(row, "read_at"),
        actor == null ? null : json.read(actor, NotificationBy.class),
        json.read(row.getString("data"), NotificationData.class));
  }

  private @Nullable String actor(Cause cause) {
    NotificationBy by = cause.by();
    return by == null ? null : json.write(by);
  }

  private static @Nullable String[] texts(
      List<Cause> causes, Function<Cause, @Nullable String> field) {
    @Nullable String[] texts = new String[causes.size()];
    Arrays.setAll(texts, i -> field.apply(causes.get(i)));
    return texts;
  }
}
