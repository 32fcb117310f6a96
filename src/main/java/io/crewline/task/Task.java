package io.crewline.task;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A task as clients see it.
 *
 * @param id unique in the installation, growing
 * @param description empty for none
 * @param system what it is about, or null
 * @param employee whose it is, or null
 * @param dueAt until when, or null
 * @param notes the oldest first, at most 100
 * @param images the oldest first, at most 50
 * @param acknowledgedAt since when its employee knows of it, or null
 * @param completedAt since when it is done, or null
 * @param version grows by one with each change
 */
@Serdeable
@Schema(name = "Task", example = TaskExamples.TASK)
public record Task(
    long id,
    @Schema(minLength = 1, maxLength = 200) String title,
    @Schema(maxLength = 10_000) String description,
    TaskStatus status,
    TaskPriority priority,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable SystemRef system,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable EmployeeRef employee,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant dueAt,
    List<TaskNote> notes,
    List<TaskImage> images,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant acknowledgedAt,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant completedAt,
    @Schema(minimum = "1") long version,
    Instant createdAt,
    Instant updatedAt) {

  public Task {
    notes = List.copyOf(notes);
    images = List.copyOf(images);
  }

  /** The fields, by their names on the wire, in which another state of this task differs. */
  List<String> differences(Task other) {
    List<String> different = new ArrayList<>();
    add(different, "title", title, other.title);
    add(different, "description", description, other.description);
    add(different, "status", status, other.status);
    add(different, "priority", priority, other.priority);
    add(different, "system", system, other.system);
    add(different, "employee", employee, other.employee);
    add(different, "dueAt", dueAt, other.dueAt);
    add(different, "notes", notes, other.notes);
    add(different, "images", images, other.images);
    add(different, "acknowledgedAt", acknowledgedAt, other.acknowledgedAt);
    add(different, "completedAt", completedAt, other.completedAt);
    return different;
  }

  private static void add(
      List<String> different, String name, @Nullable Object mine, @Nullable Object theirs) {
    if (!Objects.equals(mine, theirs)) {
      different.add(name);
    }
  }
}
