package io.crewline.task;

import io.crewline.platform.Database;
import io.crewline.platform.Json;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** SQL of tasks, their notes and images. Every method needs the caller's transaction. */
@Singleton
final class TaskRepository {
  private static final String LOAD =
      """
      SELECT task.*, system.name AS system_name, employee.name AS employee_name,
             employee.username AS assignee, note.list AS notes, image.list AS images
      FROM task
      LEFT JOIN system ON system.id = task.system_id
      LEFT JOIN employee ON employee.id = task.employee_id
      LEFT JOIN LATERAL (
          SELECT json_agg(json_build_object(
              'id', id, 'text', text,
              'by', json_build_object('kind', by_kind, 'id', by_id, 'name', by_name),
              'createdAt', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
              ) ORDER BY id) AS list
          FROM task_note WHERE task_id = task.id) note ON true
      LEFT JOIN LATERAL (
          SELECT json_agg(json_build_object(
              'id', attachment_id,
              'by', json_build_object('kind', by_kind, 'id', by_id, 'name', by_name),
              'createdAt', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
              ) ORDER BY attachment_id) AS list
          FROM task_image WHERE task_id = task.id) image ON true
      WHERE task.id = ANY (?) ORDER BY task.id
      """;
  private static final String COLUMNS =
      """
      unnest(?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::bigint[],
             ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[], ?::text[])
          AS t (id, title, description, status, priority, system_id, employee_id,
                due_at, acknowledged_at, completed_at, version, created_at, updated_at)
      """;

  private final Database database;
  private final Json json;
  private final TaskImages images;

  TaskRepository(Database database, Json json, TaskImages images) {
    this.database = database;
    this.json = json;
    this.images = images;
  }

  /**
   * A task, and the user whose it is.
   *
   * @param assignee the account that is linked to its employee, or null
   */
  record Stored(Task task, @Nullable String assignee) {}

  /** A link from a task to an attachment. */
  @Serdeable
  record ImageLink(long id, Actor by, Instant createdAt) {}

  /** Those of the tasks that exist, by id. */
  Map<Long, Stored> load(Collection<Long> ids) {
    Map<Long, Stored> found = new LinkedHashMap<>();
    if (ids.isEmpty()) {
      return found;
    }
    Map<Long, List<ImageLink>> links = new LinkedHashMap<>();
    database.query(
        LOAD,
        row -> {
          Stored stored = new Stored(task(row), row.getString("assignee"));
          String list = row.getString("images");
          if (list != null) {
            links.put(stored.task().id(), List.of(json.read(list, ImageLink[].class)));
          }
          return found.put(stored.task().id(), stored);
        },
        (Object) ids.toArray(Long[]::new));
    if (!links.isEmpty()) {
      images
          .show(links)
          .forEach((id, shown) -> found.computeIfPresent(id, (key, old) -> with(old, shown)));
    }
    return found;
  }

  private static Stored with(Stored stored, List<TaskImage> shown) {
    TaskDraft draft = new TaskDraft(stored.task(), stored.task().updatedAt());
    shown.forEach(draft::add);
    return new Stored(draft.task(), stored.assignee());
  }

  /** The users whose tasks they are, by task; tasks that are no user's are left out. */
  Map<Long, String> assignees(Collection<Long> ids) {
    Map<Long, String> assignees = new LinkedHashMap<>();
    database.query(
        """
        SELECT task.id, employee.username FROM task JOIN employee ON employee.id = employee_id
        WHERE task.id = ANY (?) AND username IS NOT NULL ORDER BY task.id
        """,
        row -> assignees.put(row.getLong("id"), row.getString("username")),
        (Object) ids.toArray(Long[]::new));
    return assignees;
  }

  /** Locks those of the tasks that exist, in the order of their ids. */
  void lock(Collection<Long> ids) {
    if (!ids.isEmpty()) {
      database.query(
          "SELECT id FROM task WHERE id = ANY (?) ORDER BY id FOR UPDATE",
          row -> 1,
          (Object) ids.toArray(Long[]::new));
    }
  }

  /** Of these ids those of rows that nobody has locked. */
  List<Long> free(Collection<Long> ids) {
    return database.query(
        "SELECT id FROM task WHERE id = ANY (?) FOR UPDATE SKIP LOCKED",
        row -> row.getLong("id"),
        (Object) ids.toArray(Long[]::new));
  }

  List<Long> ofSystem(long systemId) {
    return database.query(
        "SELECT id FROM task WHERE system_id = ? ORDER BY id", row -> row.getLong(1), systemId);
  }

  List<Long> ofEmployee(long employeeId) {
    return database.query(
        "SELECT id FROM task WHERE employee_id = ? ORDER BY id", row -> row.getLong(1), employeeId);
  }

  long nextId() {
    return next("SELECT nextval('task_id')");
  }

  long nextNoteId() {
    return next("SELECT nextval('task_note_id')");
  }

  private long next(String sql) {
    return database.queryOne(sql, row -> row.getLong(1)).orElseThrow();
  }

  void insert(List<Task> tasks) {
    if (!tasks.isEmpty()) {
      database.update(
          """
          INSERT INTO task (id, title, description, status, priority, system_id, employee_id,
                            due_at, acknowledged_at, completed_at, version, created_at, updated_at)
          SELECT id, title, description, status, priority, system_id, employee_id,
                 due_at::timestamptz, acknowledged_at::timestamptz, completed_at::timestamptz,
                 version, created_at::timestamptz, updated_at::timestamptz
          FROM
          """
              + COLUMNS,
          columns(tasks));
    }
  }

  void update(List<Task> tasks) {
    if (!tasks.isEmpty()) {
      database.update(
          """
          UPDATE task
          SET title = t.title, description = t.description, status = t.status,
              priority = t.priority, system_id = t.system_id, employee_id = t.employee_id,
              due_at = t.due_at::timestamptz, acknowledged_at = t.acknowledged_at::timestamptz,
              completed_at = t.completed_at::timestamptz, version = t.version,
              updated_at = t.updated_at::timestamptz
          FROM
          """
              + COLUMNS
              + "WHERE task.id = t.id",
          columns(tasks));
    }
  }

  void delete(Collection<Long> ids) {
    if (!ids.isEmpty()) {
      database.update("DELETE FROM task WHERE id = ANY (?)", (Object) ids.toArray(Long[]::new));
    }
  }

  void insertNote(long taskId, TaskNote note) {
    database.update(
        """
        INSERT INTO task_note (id, task_id, text, by_kind, by_id, by_name, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        note.id(),
        taskId,
        note.text(),
        note.by().kind().wireName(),
        note.by().id(),
        note.by().name(),
        note.createdAt());
  }

  void insertImage(long taskId, TaskImage image) {
    database.update(
        """
        INSERT INTO task_image (attachment_id, task_id, by_kind, by_id, by_name, created_at)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        image.id(),
        taskId,
        image.by().kind().wireName(),
        image.by().id(),
        image.by().name(),
        image.createdAt());
  }

  void deleteImage(long attachmentId) {
    database.update("DELETE FROM task_image WHERE attachment_id = ?", attachmentId);
  }

  private static @Nullable Object[] columns(List<Task> tasks) {
    return new @Nullable Object[] {
      numbers(tasks, Task::id),
      texts(tasks, Task::title),
      texts(tasks, Task::description),
      texts(tasks, Task::status),
      texts(tasks, Task::priority),
      numbers(tasks, task -> task.system() == null ? null : task.system().id()),
      numbers(tasks, task -> task.employee() == null ? null : task.employee().id()),
      texts(tasks, Task::dueAt),
      texts(tasks, Task::acknowledgedAt),
      texts(tasks, Task::completedAt),
      numbers(tasks, Task::version),
      texts(tasks, Task::createdAt),
      texts(tasks, Task::updatedAt)
    };
  }

  private static @Nullable String[] texts(
      List<Task> tasks, Function<Task, @Nullable Object> field) {
    @Nullable String[] texts = new String[tasks.size()];
    for (int i = 0; i < texts.length; i++) {
      Object value = field.apply(tasks.get(i));
      texts[i] = value == null ? null : value.toString();
    }
    return texts;
  }

  private static @Nullable Long[] numbers(List<Task> tasks, Function<Task, @Nullable Long> field) {
    @Nullable Long[] numbers = new Long[tasks.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = field.apply(tasks.get(i));
    }
    return numbers;
  }

  private Task task(ResultSet row) throws SQLException {
    Long systemId = Database.longOrNull(row, "system_id");
    Long employeeId = Database.longOrNull(row, "employee_id");
    String notes = row.getString("notes");
    return new Task(
        row.getLong("id"),
        row.getString("title"),
        row.getString("description"),
        Objects.requireNonNull(TaskStatus.ofWireName(row.getString("status"))),
        Objects.requireNonNull(TaskPriority.ofWireName(row.getString("priority"))),
        systemId == null ? null : new SystemRef(systemId, row.getString("system_name")),
        employeeId == null ? null : new EmployeeRef(employeeId, row.getString("employee_name")),
        Database.instantOrNull(row, "due_at"),
        notes == null ? List.of() : List.of(json.read(notes, TaskNote[].class)),
        List.of(),
        Database.instantOrNull(row, "acknowledged_at"),
        Database.instantOrNull(row, "completed_at"),
        row.getLong("version"),
        Database.instant(row, "created_at"),
        Database.instant(row, "updated_at"));
  }
}
