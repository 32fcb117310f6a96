package io.crewline.task;

import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Text;
import io.crewline.task.TaskRepository.Stored;
import io.crewline.task.TaskTransactions.Touched;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What other features do with tasks. Methods join the caller's transaction or open one; each
 * publishes exactly one {@link TaskEvent} for each task that it really changed, and none for the
 * others. Nobody's rights are checked here. Changes lock their tasks in the order of ids: a
 * transaction that makes several should name them all at once, or go by id.
 */
@Singleton
public final class TaskService {
  /** The longest note, in characters. */
  public static final int NOTE_LENGTH = 10_000;

  private final Database database;
  private final TaskRepository tasks;
  private final EmployeeRepository employees;
  private final TaskTransactions transactions;
  private final TaskImages images;

  TaskService(
      Database database,
      TaskRepository tasks,
      EmployeeRepository employees,
      TaskTransactions transactions,
      TaskImages images) {
    this.database = database;
    this.tasks = tasks;
    this.employees = employees;
    this.transactions = transactions;
    this.images = images;
  }

  /**
   * The task.
   *
   * @throws ApiException NOT_FOUND
   */
  public Task require(long id) {
    return stored(id).task();
  }

  private Stored stored(long id) {
    Stored found = database.transaction(() -> tasks.load(Set.of(id))).get(id);
    if (found == null) {
      throw ApiException.notFound("task");
    }
    return found;
  }

  /** Whether the user may see the task; false if there is none. */
  public boolean maySee(Identity user, long id) {
    Stored found = database.transaction(() -> tasks.load(Set.of(id))).get(id);
    return found != null && sees(user, found);
  }

  static boolean sees(Identity user, Stored stored) {
    return seesAll(user) || user.username().equals(stored.assignee());
  }

  static boolean seesAll(Identity user) {
    return user.role().atLeast(Role.MANAGER);
  }

  /** Those of the tasks that exist, by id. */
  public List<Task> byIds(Collection<Long> ids) {
    return database.transaction(
        () -> tasks.load(new TreeSet<>(ids)).values().stream().map(Stored::task).toList());
  }

  /**
   * Moves a task on, and adds a note if there is one.
   *
   * @throws ApiException NOT_FOUND, STATUS_NOT_ALLOWED naming those that may follow
   */
  public Task setStatus(long id, TaskStatus status, @Nullable String note, Actor by) {
    String text = Text.optional("note", note, NOTE_LENGTH);
    return transactions.run(
        Touched.task(id),
        changes -> {
          changes.require(id);
          TaskNote added = text == null ? null : changes.note(text, by);
          Task after =
              changes.update(
                  id,
                  draft -> {
                    draft.moveTo(status);
                    if (added != null) {
                      draft.add(added);
                    }
                  },
                  by);
          if (added != null) {
            changes.also(() -> tasks.insertNote(id, added));
          }
          return after;
        });
  }

  /**
   * Makes open and assigned tasks acknowledged; those further along keep their status and get the
   * time, unless they have one. Answers with those of the tasks that exist, changed or not, by id.
   */
  public List<Task> acknowledge(Collection<Long> ids, Actor by) {
    return transactions.run(
        Touched.tasks(new TreeSet<>(ids)),
        changes ->
            changes.all().stream()
                .map(stored -> changes.update(stored.task().id(), TaskDraft::acknowledge, by))
                .toList());
  }

  /**
   * Adds a note of at most 10,000 characters.
   *
   * @throws ApiException NOT_FOUND, BAD_REQUEST for the field {@code text}, UNPROCESSABLE when the
   *     task has 100 notes
   */
  public Task addNote(long id, String text, Actor by) {
    String checked = Text.required("text", text, NOTE_LENGTH);
    return transactions.run(Touched.task(id), changes -> addNote(changes, id, checked, by));
  }

  Task addNote(TaskChanges changes, long id, String text, Actor by) {
    changes.require(id);
    TaskNote note = changes.note(text, by);
    Task after = changes.update(id, draft -> draft.add(note), by);
    changes.also(() -> tasks.insertNote(id, note));
    return after;
  }

  /**
   * Adds a stored image that belongs to nothing yet, and links it to the task.
   *
   * @throws ApiException NOT_FOUND, UNPROCESSABLE when the task has 50 images
   */
  public Task addImage(long id, long attachmentId, Actor by) {
    return transactions.run(Touched.task(id), changes -> addImage(changes, id, attachmentId, by));
  }

  Task addImage(TaskChanges changes, long id, long attachmentId, Actor by) {
    changes.require(id);
    TaskImage image = images.image(attachmentId, by, changes.now());
    Task after = changes.update(id, draft -> draft.add(image), by);
    changes.also(() -> images.link(attachmentId, id));
    changes.also(() -> tasks.insertImage(id, image));
    return after;
  }

  /** The employee of that id. */
  public Optional<Employee> employee(long id) {
    return database.transaction(() -> employees.find(id));
  }

  /**
   * Gives tasks to an employee; what is theirs already stays as it is. Answers with those of the
   * tasks that exist, by id.
   *
   * @throws ApiException BAD_REQUEST for the field {@code employeeId} if there is no such employee
   */
  public List<Task> assign(Collection<Long> ids, long employeeId, Actor by) {
    Touched touched = new Touched(Set.of(employeeId), Set.of(), new TreeSet<>(ids));
    return transactions.run(
        touched,
        changes -> {
          EmployeeRef employee = changes.employee(employeeId);
          return changes.all().stream()
              .map(
                  stored ->
                      changes.update(stored.task().id(), draft -> draft.assign(employee, true), by))
              .toList();
        });
  }
}
