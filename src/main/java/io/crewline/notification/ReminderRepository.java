package io.crewline.notification;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** SQL of what is still to be told about tasks, and of who made them. */
@Singleton
final class ReminderRepository {
  private final Database database;

  ReminderRepository(Database database) {
    this.database = database;
  }

  /** A claimed reminder; what is left of it is the claim. */
  record Reminder(long taskId, Instant dueAt) {}

  /** Reminds of tasks at their due times; of those whose time is null no more. */
  void plan(SortedMap<Long, @Nullable Instant> dueTimes) {
    Long[] gone =
        dueTimes.entrySet().stream()
            .filter(each -> each.getValue() == null)
            .map(Map.Entry::getKey)
            .toArray(Long[]::new);
    if (gone.length > 0) {
      database.update("DELETE FROM task_reminder WHERE task_id = ANY (?)", (Object) gone);
    }
    Long[] ids =
        dueTimes.entrySet().stream()
            .filter(each -> each.getValue() != null)
            .map(Map.Entry::getKey)
            .toArray(Long[]::new);
    if (ids.length > 0) {
      database.update(
          """
          INSERT INTO task_reminder (task_id, kind, due_at)
          SELECT task_id, kind, due_at
          FROM unnest(?::bigint[], ?::timestamptz[]) AS t (task_id, due_at),
               (VALUES (?), (?)) AS k (kind)
          ORDER BY task_id, kind
          ON CONFLICT (task_id, kind) DO UPDATE SET due_at = excluded.due_at
          """,
          ids,
          dueTimes.values().stream().filter(due -> due != null).toArray(Instant[]::new),
          NotificationKind.TASK_DUE_SOON.wireName(),
          NotificationKind.TASK_OVERDUE.wireName());
    }
  }

  /**
   * Takes reminders whose time is not after a limit, the earliest first. Nobody else gets them, and
   * they are gone when the transaction commits.
   */
  List<Reminder> claim(NotificationKind kind, Instant limit, int most) {
    return database.query(
        """
        DELETE FROM task_reminder WHERE kind = ? AND task_id IN (
            SELECT task_id FROM task_reminder WHERE kind = ? AND due_at <= ?
            ORDER BY due_at, task_id LIMIT ? FOR UPDATE SKIP LOCKED)
        RETURNING task_id, due_at
        """,
        row -> new Reminder(row.getLong("task_id"), Database.instant(row, "due_at")),
        kind.wireName(),
        kind.wireName(),
        limit,
        most);
  }

  /** Keeps who made tasks, by id. */
  void keepAuthors(SortedMap<Long, String> authors) {
    database.update(
        """
        INSERT INTO task_author (task_id, username)
        SELECT * FROM unnest(?::bigint[], ?::text[]) ON CONFLICT DO NOTHING
        """,
        authors.keySet().toArray(Long[]::new),
        authors.values().toArray(String[]::new));
  }

  void forgetAuthors(Collection<Long> taskIds) {
    database.update(
        "DELETE FROM task_author WHERE task_id = ANY (?)", (Object) taskIds.toArray(Long[]::new));
  }

  /** Who made tasks, by id; tasks that no user made are left out. */
  Map<Long, String> authors(Collection<Long> taskIds) {
    Map<Long, String> authors = new HashMap<>();
    database.query(
        "SELECT task_id, username FROM task_author WHERE task_id = ANY (?)",
        row -> authors.put(row.getLong("task_id"), row.getString("username")),
        (Object) taskIds.toArray(Long[]::new));
    return authors;
  }
}
