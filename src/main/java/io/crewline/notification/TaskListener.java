package io.crewline.notification;

import io.crewline.journal.DomainEvent;
import io.crewline.platform.Database;
import io.crewline.task.Actor;
import io.crewline.task.EmployeeRef;
import io.crewline.task.Task;
import io.crewline.task.TaskEvent;
import io.crewline.task.TaskEvent.TaskCreated;
import io.crewline.task.TaskEvent.TaskDeleted;
import io.crewline.task.TaskEvent.TaskUpdated;
import io.crewline.task.TaskStatus;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells users whom a task was assigned to, and who made a task that an employee did it by a link;
 * plans what will be told of due times.
 */
@Singleton
final class TaskListener {
  private final Database database;
  private final Notifier notifier;
  private final ReminderRepository reminders;
  private final ThreadLocal<@Nullable Gathered> gathered = new ThreadLocal<>();

  TaskListener(Database database, Notifier notifier, ReminderRepository reminders) {
    this.database = database;
    this.notifier = notifier;
    this.reminders = reminders;
  }

  /** What one transaction did to tasks, by id. */
  private static final class Gathered {
    final TreeMap<Long, @Nullable Instant> dueTimes = new TreeMap<>();
    final TreeMap<Long, String> authors = new TreeMap<>();
    final List<Long> deleted = new ArrayList<>();
    final TreeMap<Long, TaskEvent> done = new TreeMap<>();
  }

  @EventListener
  void on(DomainEvent event) {
    switch (event) {
      case TaskCreated created -> {
        if (created.by().kind() == Actor.Kind.USER) {
          gathered().authors.put(created.task().id(), created.by().id());
        }
        if (reminds(created.task())) {
          gathered().dueTimes.put(created.task().id(), created.task().dueAt());
        }
        assigned(created);
      }
      case TaskUpdated updated -> {
        Task task = updated.task();
        if (updated.changed().contains("dueAt") || reminds(updated.before()) != reminds(task)) {
          gathered().dueTimes.put(task.id(), reminds(task) ? task.dueAt() : null);
        }
        if (task.status() == TaskStatus.DONE
            && updated.changed().contains("status")
            && updated.by().kind() == Actor.Kind.EMPLOYEE) {
          gathered().done.put(task.id(), updated);
        }
        assigned(updated);
      }
      case TaskDeleted deleted -> {
        gathered().dueTimes.put(deleted.task().id(), null);
        gathered().deleted.add(deleted.task().id());
      }
      default -> {}
    }
  }

  private static boolean reminds(Task task) {
    return task.dueAt() != null && !task.status().isFinal();
  }

  private void assigned(TaskEvent event) {
    String assignee = event.assignee();
    if (assignee != null
        && !assignee.equals(event.formerAssignee())
        && !event.task().status().isFinal()
        && !isBy(event, assignee)) {
      notifier.tellLater(cause(assignee, NotificationKind.TASK_ASSIGNED, event));
    }
  }

  /** Whether a user did it: by their account, or as the employee whose task it is. */
  private static boolean isBy(TaskEvent event, String username) {
    EmployeeRef employee = event.task().employee();
    return switch (event.by().kind()) {
      case USER -> event.by().id().equals(username);
      case EMPLOYEE ->
          employee != null
              && event.by().id().equals(Long.toString(employee.id()))
              && username.equals(event.assignee());
    };
  }

  private static Cause cause(String username, NotificationKind kind, TaskEvent event) {
    return new Cause(
        username,
        kind,
        kind.wireName() + ":" + event.task().id() + ":" + event.task().version(),
        new NotificationBy(event.by().kind().wireName(), event.by().id(), event.by().name()),
        about(event.task()));
  }

  static NotificationData about(Task task) {
    return NotificationData.of(
        new NotificationTask(task.id(), task.title(), task.status().wireName(), task.dueAt()));
  }

  private Gathered gathered() {
    Gathered known = gathered.get();
    if (known == null) {
      Gathered fresh = new Gathered();
      notifier.tellLater(() -> store(fresh));
      database.afterCompletion(gathered::remove);
      gathered.set(fresh);
      known = fresh;
    }
    return known;
  }

  private List<Cause> store(Gathered all) {
    if (!all.authors.isEmpty()) {
      reminders.keepAuthors(all.authors);
    }
    if (!all.dueTimes.isEmpty()) {
      reminders.plan(all.dueTimes);
    }
    List<Cause> causes = all.done.isEmpty() ? List.of() : toAuthors(all.done);
    if (!all.deleted.isEmpty()) {
      reminders.forgetAuthors(all.deleted);
    }
    return causes;
  }

  private List<Cause> toAuthors(Map<Long, TaskEvent> done) {
    Map<Long, String> authors = reminders.authors(done.keySet());
    List<Cause> causes = new ArrayList<>();
    done.forEach(
        (id, event) -> {
          String author = authors.get(id);
          if (author != null && !isBy(event, author)) {
            causes.add(cause(author, NotificationKind.TASK_DONE, event));
          }
        });
    return causes;
  }
}
