package io.crewline.confirmation;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SQL of confirmations and of what was asked by link. */
@Singleton
final class ConfirmationRepository {
  private static final int CHUNK = 1000;

  private final Database database;

  ConfirmationRepository(Database database) {
    this.database = database;
  }

  /** A row. */
  record Row(
      long id,
      long employeeId,
      String employeeName,
      String createdBy,
      Instant createdAt,
      Instant expiresAt,
      @Nullable Instant acknowledgedAt,
      @Nullable Instant revokedAt) {}

  long add(
      byte[] tokenHash,
      long employeeId,
      String employeeName,
      String createdBy,
      Instant createdAt,
      Instant expiresAt,
      Collection<Long> taskIds) {
    long id =
        database
            .queryOne(
                """
                INSERT INTO confirmation
                    (token_hash, employee_id, employee_name, created_by, created_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?) RETURNING id
                """,
                row -> row.getLong("id"),
                tokenHash,
                employeeId,
                employeeName,
                createdBy,
                createdAt,
                expiresAt)
            .orElseThrow();
    database.update(
        """
        INSERT INTO confirmation_task (confirmation_id, task_id)
        SELECT ?, task_id FROM unnest(?::bigint[]) AS t (task_id)
        """,
        id,
        taskIds.toArray(Long[]::new));
    return id;
  }

  /** The link of a token, if it is valid now. One query whatever is wrong with it. */
  Optional<Row> valid(byte[] tokenHash, Instant now, boolean lock) {
    return database.queryOne(
        "SELECT * FROM confirmation WHERE token_hash = ? AND revoked_at IS NULL AND expires_at > ?"
            + (lock ? " FOR UPDATE" : ""),
        ConfirmationRepository::row,
        tokenHash,
        now);
  }

  Optional<Row> find(long id) {
    return database.queryOne(
        "SELECT * FROM confirmation WHERE id = ?", ConfirmationRepository::row, id);
  }

  /** Confirmations before an id, the newest first. */
  List<Row> list(long before, int limit) {
    return database.query(
        "SELECT * FROM confirmation WHERE id < ? ORDER BY id DESC LIMIT ?",
        ConfirmationRepository::row,
        before,
        limit);
  }

  /** The tasks that are on the links, by confirmation, each in the order of their ids. */
  Map<Long, List<Long>> tasks(Collection<Long> ids) {
    Map<Long, List<Long>> tasks = new HashMap<>();
    database.query(
        """
        SELECT confirmation_id, task_id FROM confirmation_task
        WHERE confirmation_id = ANY (?) AND removed_at IS NULL ORDER BY task_id
        """,
        row ->
            tasks
                .computeIfAbsent(row.getLong("confirmation_id"), id -> new ArrayList<>())
                .add(row.getLong("task_id")),
        (Object) ids.toArray(Long[]::new));
    return tasks;
  }

  List<Long> tasks(long id) {
    return tasks(List.of(id)).getOrDefault(id, List.of());
  }

  boolean hasTask(long id, long taskId) {
    return database
        .queryOne(
            """
            SELECT 1 FROM confirmation_task
            WHERE confirmation_id = ? AND task_id = ? AND removed_at IS NULL
            """,
            row -> true,
            id,
            taskId)
        .orElse(false);
  }

  /** The valid links that a task is on. */
  List<Row> withTask(long taskId, Instant now) {
    return database.query(
        """
        SELECT c.* FROM confirmation c JOIN confirmation_task t ON t.confirmation_id = c.id
        WHERE t.task_id = ? AND t.removed_at IS NULL AND c.revoked_at IS NULL AND c.expires_at > ?
        """,
        ConfirmationRepository::row,
        taskId,
        now);
  }

  /**
   * Takes a task off all links, except those of one employee.
   *
   * @param employeeId null for none
   */
  void removeTask(long taskId, @Nullable Long employeeId, Instant now) {
    database.update(
        """
        UPDATE confirmation_task SET removed_at = ?
        WHERE task_id = ? AND removed_at IS NULL AND confirmation_id NOT IN (
          SELECT id FROM confirmation WHERE employee_id = ?::bigint)
        """,
        now,
        taskId,
        employeeId == null ? -1L : employeeId);
  }

  void acknowledge(long id, Instant now) {
    database.update("UPDATE confirmation SET acknowledged_at = ? WHERE id = ?", now, id);
  }

  boolean revoke(long id, Instant now) {
    return database.update(
            "UPDATE confirmation SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", now, id)
        == 1;
  }

  /** Whether this was asked last of a task, among what was asked without a key. */
  boolean wasLast(long id, long taskId, byte[] request) {
    return database
        .queryOne(
            """
            SELECT 1 FROM confirmation_task
            WHERE confirmation_id = ? AND task_id = ? AND last_request = ?
            """,
            row -> true,
            id,
            taskId,
            request)
        .orElse(false);
  }

  void setLastRequest(long id, long taskId, byte[] request) {
    database.update(
        """
        UPDATE confirmation_task SET last_request = ? WHERE confirmation_id = ? AND task_id = ?
        """,
        request,
        id,
        taskId);
  }

  /** What was asked with a key before. */
  Optional<byte[]> call(long id, String key) {
    return database.queryOne(
        "SELECT request FROM confirmation_call WHERE confirmation_id = ? AND key = ?",
        row -> row.getBytes("request"),
        id,
        key);
  }

  /** Remembers a call with a key that is new. */
  void addCall(long id, String key, byte[] request) {
    database.update(
        "INSERT INTO confirmation_call (confirmation_id, key, request) VALUES (?, ?, ?)",
        id,
        key,
        request);
  }

  /** Forgets some calls of links that are not valid any more. Returns how many. */
  int forgetCalls(Instant now) {
    return database.update(
        """
        DELETE FROM confirmation_call WHERE (confirmation_id, key) IN (
          SELECT call.confirmation_id, call.key
          FROM confirmation_call call JOIN confirmation c ON c.id = call.confirmation_id
          WHERE c.expires_at <= ? OR c.revoked_at IS NOT NULL
          LIMIT %d)
        """
            .formatted(CHUNK),
        now);
  }

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        row.getLong("id"),
        row.getLong("employee_id"),
        row.getString("employee_name"),
        row.getString("created_by"),
        Database.instant(row, "created_at"),
        Database.instant(row, "expires_at"),
        Database.instantOrNull(row, "acknowledged_at"),
        Database.instantOrNull(row, "revoked_at"));
  }
}
