package io.crewline.task;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SQL of systems. Every method needs the caller's transaction. */
@Singleton
final class SystemRepository {
  private static final String SEEN =
      """
      (?::text IS NULL OR EXISTS (
          SELECT 1 FROM task JOIN employee ON employee.id = task.employee_id
          WHERE task.system_id = system.id AND employee.username = ?))
      """;

  private final Database database;

  SystemRepository(Database database) {
    this.database = database;
  }

  /** The system, if the tasks of a user show it; all of them do where no user is given. */
  Optional<TaskSystem> find(long id, @Nullable String username) {
    return database.queryOne(
        "SELECT * FROM system WHERE id = ? AND " + SEEN,
        SystemRepository::system,
        id,
        username,
        username);
  }

  /** The system, kept from others who would change it or give it tasks. */
  Optional<TaskSystem> findAndLock(long id) {
    return database.queryOne(
        "SELECT * FROM system WHERE id = ? FOR UPDATE", SystemRepository::system, id);
  }

  /** Those that exist, by id, which keep their names until the transaction ends. */
  Map<Long, TaskSystem> share(Collection<Long> ids) {
    Map<Long, TaskSystem> found = new LinkedHashMap<>();
    if (!ids.isEmpty()) {
      database.query(
          "SELECT * FROM system WHERE id = ANY (?) ORDER BY id FOR SHARE",
          row -> found.put(row.getLong("id"), system(row)),
          (Object) ids.toArray(Long[]::new));
    }
    return found;
  }

  /** Of these ids those of rows that nobody has locked. */
  List<Long> free(Collection<Long> ids) {
    return database.query(
        "SELECT id FROM system WHERE id = ANY (?) FOR SHARE SKIP LOCKED",
        row -> row.getLong("id"),
        (Object) ids.toArray(Long[]::new));
  }

  /** In the order of their ids, only those that the tasks of a user show if one is given. */
  List<TaskSystem> page(long after, int limit, @Nullable String username) {
    return database.query(
        "SELECT * FROM system WHERE id > ? AND " + SEEN + " ORDER BY id LIMIT ?",
        SystemRepository::system,
        after,
        username,
        username,
        limit);
  }

  /** Answers with the new one; its id is ignored. */
  TaskSystem insert(TaskSystem system) {
    return database
        .queryOne(
            """
            INSERT INTO system (name, description, created_at, updated_at)
            VALUES (?, ?, ?, ?) RETURNING *
            """,
            SystemRepository::system,
            system.name(),
            system.description(),
            system.createdAt(),
            system.updatedAt())
        .orElseThrow();
  }

  void update(TaskSystem system) {
    database.update(
        "UPDATE system SET name = ?, description = ?, updated_at = ? WHERE id = ?",
        system.name(),
        system.description(),
        system.updatedAt(),
        system.id());
  }

  void delete(long id) {
    database.update("DELETE FROM system WHERE id = ?", id);
  }

  private static TaskSystem system(ResultSet row) throws SQLException {
    return new TaskSystem(
        row.getLong("id"),
        row.getString("name"),
        row.getString("description"),
        Database.instant(row, "created_at"),
        Database.instant(row, "updated_at"));
  }
}
