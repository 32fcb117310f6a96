package io.crewline.task;

import io.crewline.platform.ApiException;
import io.crewline.platform.JsonInput;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The order of a list of tasks. Tasks that are equal in it are ordered by id, in the same
 * direction; those without a due time come last in both.
 *
 * @param descending the greatest first
 */
record TaskSort(Key key, boolean descending) {
  static final String NAMES = "createdAt, updatedAt, dueAt, priority, status";
  private static final String LAST = "infinity";
  private static final String FIRST = "-infinity";

  /** What is compared. */
  enum Key {
    CREATED("createdAt", "timestamptz", "task.created_at", Task::createdAt),
    UPDATED("updatedAt", "timestamptz", "task.updated_at", Task::updatedAt),
    DUE("dueAt", "timestamptz", "coalesce(task.due_at, '%s')", Task::dueAt),
    PRIORITY(
        "priority",
        "int",
        "array_position('{low,normal,high,urgent}', task.priority)",
        task -> task.priority().ordinal() + 1),
    STATUS(
        "status",
        "int",
        "array_position('{open,assigned,acknowledged,inProgress,done,cancelled}', task.status)",
        task -> task.status().ordinal() + 1);

    private final String wireName;
    private final String type;
    private final String sql;
    private final Function<Task, @Nullable Object> value;

    Key(String wireName, String type, String sql, Function<Task, @Nullable Object> value) {
      this.wireName = wireName;
      this.type = type;
      this.sql = sql;
      this.value = value;
    }
  }

  /** Parses {@code dueAt} or {@code -dueAt}; the newest come first where nothing is asked for. */
  static TaskSort parse(@Nullable String text) {
    if (text == null) {
      return new TaskSort(Key.CREATED, true);
    }
    boolean descending = text.startsWith("-");
    String name = descending ? text.substring(1) : text;
    for (Key key : Key.values()) {
      if (key.wireName.equals(name)) {
        return new TaskSort(key, descending);
      }
    }
    throw ApiException.badField(
        "sort", "must be one of " + NAMES + ", with - in front for the greatest first");
  }

  /** A place in the list: what stands there. */
  record Place(String value, long id) {}

  /** Where a task stands. */
  Place placeOf(Task task) {
    Object value = key.value.apply(task);
    return new Place(value == null ? whenAbsent() : value.toString(), task.id());
  }

  private String whenAbsent() {
    return descending ? FIRST : LAST;
  }

  String cursor(Place place) {
    return this + "|" + place.value() + "|" + place.id();
  }

  /** Reads what {@link #cursor} wrote; null for the empty text. */
  @Nullable Place place(String cursor) {
    if (cursor.isEmpty()) {
      return null;
    }
    String[] parts = cursor.split("\\|", -1);
    if (parts.length == 3
        && parts[0].equals(toString())
        && parts[2].matches("\\d{1,18}")
        && isValue(parts[1])) {
      return new Place(parts[1], Long.parseLong(parts[2]));
    }
    throw ApiException.badField("cursor", "is not one of this list in this order");
  }

  private boolean isValue(String text) {
    if (key.type.equals("int")) {
      return text.matches("\\d{1,2}");
    }
    if (text.equals(LAST) || text.equals(FIRST)) {
      return true;
    }
    try {
      Instant ignored = JsonInput.time("cursor", text);
      return ignored != null;
    } catch (ApiException e) {
      return false;
    }
  }

  /** The condition of coming after a place, with two parameters: its value and its id. */
  String after() {
    return "(%s, task.id) %s (?::%s, ?)".formatted(sql(), descending ? "<" : ">", key.type);
  }

  String orderBy() {
    String direction = descending ? " DESC" : "";
    return sql() + direction + ", task.id" + direction;
  }

  private String sql() {
    return key.sql.formatted(whenAbsent());
  }

  /** As it stands in a query. */
  @Override
  public String toString() {
    return (descending ? "-" : "") + key.wireName;
  }
}
