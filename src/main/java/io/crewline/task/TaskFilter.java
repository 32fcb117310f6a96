package io.crewline.task;

import io.crewline.platform.ApiException;
import io.crewline.platform.JsonInput;
import io.crewline.platform.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Which tasks are listed: conditions that all hold, and their parameters. */
final class TaskFilter {
  private static final int TEXT_LENGTH = 200;

  private final List<String> conditions = new ArrayList<>();
  private final List<@Nullable Object> parameters = new ArrayList<>();

  /** A condition in SQL, with its parameters. */
  TaskFilter and(String condition, @Nullable Object... values) {
    conditions.add(condition);
    parameters.addAll(java.util.Arrays.asList(values));
    return this;
  }

  /** Only what is assigned to the employee of a user. */
  TaskFilter seenBy(@Nullable String username) {
    return username == null
        ? this
        : and("task.employee_id IN (SELECT id FROM employee WHERE username = ?)", username);
  }

  /** Names with commas between. */
  TaskFilter status(@Nullable String text) {
    return oneOf("status", text, TaskStatus::ofWireName, TaskStatus.wireNames());
  }

  /** Names with commas between. */
  TaskFilter priority(@Nullable String text) {
    return oneOf("priority", text, TaskPriority::ofWireName, TaskPriority.wireNames());
  }

  private TaskFilter oneOf(
      String field,
      @Nullable String text,
      Function<String, @Nullable Object> ofName,
      List<String> names) {
    if (text == null) {
      return this;
    }
    String[] wanted = text.split(",", -1);
    for (String name : wanted) {
      if (ofName.apply(name) == null) {
        throw ApiException.badField(field, "must be some of " + String.join(",", names));
      }
    }
    return and("task." + field + " = ANY (?)", (Object) wanted);
  }

  /** An id, or {@code none}, under either name. */
  TaskFilter employee(@Nullable String employee, @Nullable String employeeId) {
    return link("employee", employee, employeeId);
  }

  /** An id, or {@code none}, under either name. */
  TaskFilter system(@Nullable String system, @Nullable String systemId) {
    return link("system", system, systemId);
  }

  private TaskFilter link(String field, @Nullable String text, @Nullable String otherText) {
    if (text != null && otherText != null && !text.equals(otherText)) {
      throw ApiException.badField(
          field, "contradicts %sId (expected: the same, or one of the two)".formatted(field));
    }
    if (otherText != null) {
      return isLink(field + "_id", field + "Id", otherText);
    }
    return text == null ? this : isLink(field + "_id", field, text);
  }

  private TaskFilter isLink(String column, String field, String text) {
    if (text.equals("none")) {
      return and("task." + column + " IS NULL");
    }
    if (!text.matches("\\d{1,18}")) {
      throw ApiException.badField(field, "must be an id or none");
    }
    return and("task." + column + " = ?", Long.parseLong(text));
  }

  TaskFilter dueBefore(@Nullable String text) {
    return text == null ? this : and("task.due_at < ?", JsonInput.time("dueBefore", text));
  }

  TaskFilter dueAfter(@Nullable String text) {
    return text == null ? this : and("task.due_at > ?", JsonInput.time("dueAfter", text));
  }

  /** What title or description contain, in any case. */
  TaskFilter text(@Nullable String text) {
    String part = Text.optional("text", text, TEXT_LENGTH);
    if (part == null) {
      return this;
    }
    String pattern = "%" + part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
    return and("(task.title ILIKE ? OR task.description ILIKE ?)", pattern, pattern);
  }

  String where() {
    return conditions.isEmpty() ? "true" : String.join(" AND ", conditions);
  }

  List<@Nullable Object> parameters() {
    return parameters;
  }
}
