package io.crewline.task;

import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.platform.ApiException;
import io.crewline.platform.InputErrors;
import io.crewline.platform.Text;
import io.crewline.task.TaskRepository.Stored;
import io.crewline.task.TaskTransactions.Touched;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What callers may do with tasks: managers everything, members set the status of their own ones and
 * add notes. What they may not do with a task that they see is forbidden; what they do not see does
 * not exist for them.
 */
@Singleton
final class TaskDesk {
  private final TaskLane lane;
  private final TaskService tasks;
  private final TaskRepository repository;
  private final TaskImages images;

  TaskDesk(TaskLane lane, TaskService tasks, TaskRepository repository, TaskImages images) {
    this.lane = lane;
    this.tasks = tasks;
    this.repository = repository;
    this.images = images;
  }

  Task create(Identity caller, TaskInput input) {
    caller.requireAtLeast(Role.MANAGER);
    return lane.run(
        Touched.of(null, input.employeeId(), input.systemId()),
        changes -> {
          InputErrors errors = new InputErrors();
          SystemRef system =
              errors.<@Nullable SystemRef>read(() -> changes.system(input.systemId()), null);
          EmployeeRef employee =
              errors.<@Nullable EmployeeRef>read(() -> changes.employee(input.employeeId()), null);
          errors.check();
          return changes.create(draft -> input.apply(draft, system, employee), Actor.user(caller));
        });
  }

  /**
   * Sets what the input names.
   *
   * @param known the versions that the caller may know; null for any
   */
  Task change(Identity caller, long id, TaskInput input, @Nullable Set<Long> known, boolean whole) {
    return lane.run(
        Touched.of(id, input.employeeId(), input.systemId()),
        changes -> {
          Stored before = seen(changes, caller, id);
          if (!TaskService.seesAll(caller)
              && (whole || !Set.of("status").containsAll(input.named()))) {
            throw ApiException.forbidden("members set the status of their tasks and add notes");
          }
          checkVersion(before.task(), known);
          checkVersion(before.task(), input.version() == null ? null : Set.of(input.version()));
          InputErrors errors = new InputErrors();
          SystemRef system =
              errors.<@Nullable SystemRef>read(() -> changes.system(input.systemId()), null);
          EmployeeRef employee =
              errors.<@Nullable EmployeeRef>read(() -> changes.employee(input.employeeId()), null);
          errors.check();
          return changes.update(
              id, draft -> input.apply(draft, system, employee), Actor.user(caller));
        });
  }

  void delete(Identity caller, long id, @Nullable Set<Long> known) {
    lane.run(
        Touched.task(id),
        changes -> {
          Stored before = seen(changes, caller, id);
          caller.requireAtLeast(Role.MANAGER);
          checkVersion(before.task(), known);
          changes.delete(id, Actor.user(caller));
          if (!before.task().images().isEmpty()) {
            changes.also(() -> images.unlink(List.of(id)));
          }
          return id;
        });
  }

  Task addNote(Identity caller, long id, @Nullable String text) {
    String checked = Text.required("text", text, TaskService.NOTE_LENGTH);
    return lane.run(
        Touched.task(id),
        changes -> {
          seen(changes, caller, id);
          return tasks.addNote(changes, id, checked, Actor.user(caller));
        });
  }

  /** Adds an attachment that was stored for it; whoever sees the task may. */
  Task addImage(Identity caller, long id, long attachmentId) {
    return lane.run(
        Touched.task(id),
        changes -> {
          seen(changes, caller, id);
          return tasks.addImage(changes, id, attachmentId, Actor.user(caller));
        });
  }

  /** Takes an image away; managers may, and whoever added it. */
  void removeImage(Identity caller, long id, long imageId) {
    lane.run(
        Touched.task(id),
        changes -> {
          TaskImage image =
              seen(changes, caller, id).task().images().stream()
                  .filter(each -> each.id() == imageId)
                  .findFirst()
                  .orElseThrow(() -> ApiException.notFound("image"));
          boolean own =
              image.by().kind() == Actor.Kind.USER && image.by().id().equals(caller.username());
          if (!own) {
            caller.requireAtLeast(Role.MANAGER);
          }
          Task after = changes.update(id, draft -> draft.removeImage(imageId), Actor.user(caller));
          changes.also(() -> repository.deleteImage(imageId));
          changes.also(() -> images.keepOnly(id, after.images()));
          return after;
        });
  }

  private static Stored seen(TaskChanges changes, Identity caller, long id) {
    Stored found = changes.find(id);
    if (found == null || !TaskService.sees(caller, found)) {
      throw ApiException.notFound("task");
    }
    return found;
  }

  private static void checkVersion(Task current, @Nullable Set<Long> known) {
    if (known != null && !known.contains(current.version())) {
      throw ApiException.conflict("the task has changed: it is at version " + current.version())
          .with("current", current);
    }
  }
}
