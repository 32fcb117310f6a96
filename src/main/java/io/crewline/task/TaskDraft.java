package io.crewline.task;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A task while it is being changed. Sets the times that follow from the status. */
final class TaskDraft {
  static final int NOTES = 100;
  static final int IMAGES = 50;

  private final Task before;
  private final Instant now;
  private final List<TaskNote> notes;
  private final List<TaskImage> images;
  private String title;
  private String description;
  private TaskStatus status;
  private TaskPriority priority;
  private @Nullable SystemRef system;
  private @Nullable EmployeeRef employee;
  private @Nullable Instant dueAt;
  private @Nullable Instant acknowledgedAt;
  private @Nullable Instant completedAt;

  TaskDraft(Task before, Instant now) {
    this.before = before;
    this.now = now;
    this.title = before.title();
    this.description = before.description();
    this.status = before.status();
    this.priority = before.priority();
    this.system = before.system();
    this.employee = before.employee();
    this.dueAt = before.dueAt();
    this.notes = new ArrayList<>(before.notes());
    this.images = new ArrayList<>(before.images());
    this.acknowledgedAt = before.acknowledgedAt();
    this.completedAt = before.completedAt();
  }

  /** A new task: open, of normal priority, and nobody's. */
  static TaskDraft create(long id, Instant now) {
    return new TaskDraft(
        new Task(
            id,
            "",
            "",
            TaskStatus.OPEN,
            TaskPriority.NORMAL,
            null,
            null,
            null,
            List.of(),
            List.of(),
            null,
            null,
            1,
            now,
            now),
        now);
  }

  TaskStatus status() {
    return status;
  }

  void title(String newTitle) {
    title = newTitle;
  }

  void description(String newDescription) {
    description = newDescription;
  }

  void priority(TaskPriority newPriority) {
    priority = newPriority;
  }

  void system(@Nullable SystemRef newSystem) {
    system = newSystem;
  }

  void dueAt(@Nullable Instant newDueAt) {
    dueAt = newDueAt;
  }

  /**
   * Moves the task on.
   *
   * @throws ApiException STATUS_NOT_ALLOWED naming those that may follow
   */
  void moveTo(TaskStatus next) {
    if (next == status) {
      return;
    }
    Set<TaskStatus> allowed = status.next();
    if (!allowed.contains(next)) {
      List<String> names = allowed.stream().map(TaskStatus::wireName).toList();
      throw ApiException.of(
              ErrorCode.STATUS_NOT_ALLOWED,
              "a task that is %s may become %s".formatted(status, String.join(", ", names)))
          .with("allowed", names);
    }
    become(next);
  }

  /** Makes the employee know of it, without taking anything back. */
  void acknowledge() {
    if (status == TaskStatus.OPEN || status == TaskStatus.ASSIGNED) {
      become(TaskStatus.ACKNOWLEDGED);
    } else if (acknowledgedAt == null) {
      acknowledgedAt = now;
    }
  }

  private void become(TaskStatus next) {
    switch (next) {
      case OPEN, ASSIGNED -> acknowledgedAt = null;
      case ACKNOWLEDGED -> acknowledgedAt = acknowledgedAt == null ? now : acknowledgedAt;
      case IN_PROGRESS, DONE, CANCELLED -> {}
    }
    completedAt = next == TaskStatus.DONE ? now : null;
    status = next;
  }

  /**
   * Gives the task to an employee, or takes it away. Another employee does not know of it yet.
   *
   * @param withStatus whether the status follows: an open task becomes assigned, one that was
   *     assigned or acknowledged begins again as assigned, or as open without an employee
   */
  void assign(@Nullable EmployeeRef next, boolean withStatus) {
    boolean same = employee == null ? next == null : next != null && employee.id() == next.id();
    employee = next;
    if (same) {
      return;
    }
    acknowledgedAt = null;
    if (withStatus) {
      switch (status) {
        case OPEN, ASSIGNED, ACKNOWLEDGED ->
            become(next == null ? TaskStatus.OPEN : TaskStatus.ASSIGNED);
        case IN_PROGRESS, DONE, CANCELLED -> {}
      }
    }
  }

  void add(TaskNote note) {
    if (notes.size() >= NOTES) {
      throw ApiException.of(ErrorCode.UNPROCESSABLE, "a task has at most " + NOTES + " notes");
    }
    notes.add(note);
  }

  void add(TaskImage image) {
    if (images.size() >= IMAGES) {
      throw ApiException.of(ErrorCode.UNPROCESSABLE, "a task has at most " + IMAGES + " images");
    }
    images.add(image);
  }

  void removeImage(long id) {
    images.removeIf(image -> image.id() == id);
  }

  /** What it is now; {@code version} and {@code updatedAt} are those of before. */
  Task task() {
    return task(before.version(), before.updatedAt());
  }

  Task task(long version, Instant updatedAt) {
    return new Task(
        before.id(),
        title,
        description,
        status,
        priority,
        system,
        employee,
        dueAt,
        notes,
        images,
        acknowledgedAt,
        completedAt,
        version,
        before.createdAt(),
        updatedAt);
  }
}
