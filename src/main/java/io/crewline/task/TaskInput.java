package io.crewline.task;

import io.crewline.platform.JsonInput;
import io.micronaut.json.tree.JsonNode;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants a task to be.
 *
 * @param named the fields to be set; the values of the others mean nothing
 * @param version the version that the caller knows; null for any
 */
record TaskInput(
    Set<String> named,
    String title,
    String description,
    @Nullable TaskStatus status,
    TaskPriority priority,
    @Nullable Long systemId,
    @Nullable Long employeeId,
    @Nullable Instant dueAt,
    @Nullable Long version) {
  static final int TITLE_LENGTH = 200;
  static final int DESCRIPTION_LENGTH = 10_000;
  private static final List<String> FIELDS =
      List.of("title", "description", "priority", "systemId", "employeeId", "dueAt");
  private static final Map<String, String> LINKS =
      Map.of("systemId", "system", "employeeId", "employee");

  /** A new task: what is absent gets its default. The status follows where none is named. */
  static TaskInput create(JsonNode body) {
    return whole(new JsonInput(body));
  }

  /** A whole task in the place of another: as a new one. */
  static TaskInput replace(long id, JsonNode body) {
    JsonInput input = new JsonInput(body);
    input.sameId(id);
    return whole(input);
  }

  private static TaskInput whole(JsonInput input) {
    Set<String> named = new LinkedHashSet<>(FIELDS);
    return read(input, named);
  }

  /** A merge patch (RFC 7396): what is absent stays, null removes. */
  static TaskInput patch(long id, JsonNode body) {
    JsonInput input = new JsonInput(body);
    input.sameId(id);
    input.keep("title");
    input.keep("status");
    Set<String> named = new LinkedHashSet<>();
    for (String name : FIELDS) {
      String link = LINKS.get(name);
      if (link == null ? input.has(name) : input.hasLink(link)) {
        named.add(name);
      }
    }
    return read(input, named);
  }

  private static TaskInput read(JsonInput input, Set<String> named) {
    TaskStatus status = input.named("status", TaskStatus::ofWireName, TaskStatus.wireNames());
    TaskPriority priority =
        input.named("priority", TaskPriority::ofWireName, TaskPriority.wireNames());
    if (status != null) {
      named.add("status");
    }
    TaskInput read =
        new TaskInput(
            named,
            named.contains("title") ? input.requiredText("title", TITLE_LENGTH) : "",
            input.text("description", DESCRIPTION_LENGTH),
            status,
            priority == null ? TaskPriority.NORMAL : priority,
            input.link("system"),
            input.link("employee"),
            input.time("dueAt"),
            input.number("version"));
    input.check();
    return read;
  }

  /**
   * Sets the named fields. The links must be those of {@link #systemId} and {@link #employeeId}.
   */
  void apply(TaskDraft draft, @Nullable SystemRef system, @Nullable EmployeeRef employee) {
    if (named.contains("title")) {
      draft.title(title);
    }
    if (named.contains("description")) {
      draft.description(description);
    }
    if (named.contains("priority")) {
      draft.priority(priority);
    }
    if (named.contains("dueAt")) {
      draft.dueAt(dueAt);
    }
    if (named.contains("systemId")) {
      draft.system(system);
    }
    boolean moves = status != null && status != draft.status();
    if (named.contains("employeeId")) {
      draft.assign(employee, !moves);
    }
    if (status != null && moves) {
      draft.moveTo(status);
    }
  }
}
