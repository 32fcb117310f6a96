package io.crewline.confirmation;

import io.crewline.task.SystemRef;
import io.crewline.task.Task;
import io.crewline.task.TaskImage;
import io.crewline.task.TaskNote;
import io.crewline.task.TaskPriority;
import io.crewline.task.TaskStatus;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A task as its employee sees it by link.
 *
 * @param images to be loaded with the link
 * @param next the statuses that may be set by link now
 */
@Serdeable
@Schema(name = "LinkTask")
record LinkTask(
    long id,
    String title,
    String description,
    TaskStatus status,
    TaskPriority priority,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable SystemRef system,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant dueAt,
    List<TaskNote> notes,
    List<TaskImage> images,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant acknowledgedAt,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant completedAt,
    long version,
    List<TaskStatus> next) {
  /** What an employee may say of a task; the rest is for managers. */
  private static final Set<TaskStatus> BY_LINK =
      Set.of(TaskStatus.ACKNOWLEDGED, TaskStatus.IN_PROGRESS, TaskStatus.DONE);

  static LinkTask of(Task task, String token) {
    return new LinkTask(
        task.id(),
        task.title(),
        task.description(),
        task.status(),
        task.priority(),
        task.system(),
        task.dueAt(),
        task.notes(),
        images(task, token),
        task.acknowledgedAt(),
        task.completedAt(),
        task.version(),
        next(task.status()));
  }

  /** The task itself, its images to be loaded with the link. */
  static Task withImages(Task task, String token) {
    return new Task(
        task.id(),
        task.title(),
        task.description(),
        task.status(),
        task.priority(),
        task.system(),
        task.employee(),
        task.dueAt(),
        task.notes(),
        images(task, token),
        task.acknowledgedAt(),
        task.completedAt(),
        task.version(),
        task.createdAt(),
        task.updatedAt());
  }

  static List<TaskStatus> next(TaskStatus status) {
    return status.next().stream().filter(BY_LINK::contains).toList();
  }

  private static List<TaskImage> images(Task task, String token) {
    return task.images().stream().map(image -> byLink(image, token)).toList();
  }

  private static TaskImage byLink(TaskImage image, String token) {
    String url = "/api/confirm/" + token + "/images/" + image.id();
    return new TaskImage(
        image.id(),
        url,
        url + "/thumbnail",
        image.contentType(),
        image.width(),
        image.height(),
        image.bytes(),
        image.by(),
        image.createdAt());
  }
}
