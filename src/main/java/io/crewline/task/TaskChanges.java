package io.crewline.task;

import io.crewline.journal.DomainEvent;
import io.crewline.platform.ApiException;
import io.crewline.task.TaskEvent.TaskCreated;
import io.crewline.task.TaskEvent.TaskDeleted;
import io.crewline.task.TaskEvent.TaskUpdated;
import io.crewline.task.TaskRepository.Stored;
import io.micronaut.context.event.ApplicationEventPublisher;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The task changes of one transaction. What they need is locked and read at the beginning; changes
 * are made in memory, one after another, each seeing those before; {@link #flush} stores the
 * outcome set by set and publishes one event for each change. A change that is refused has left
 * nothing behind, provided that it checks first and calls {@link #update}, {@link #create} or
 * {@link #delete} last.
 */
final class TaskChanges {
  private final TaskRepository repository;
  private final ApplicationEventPublisher<DomainEvent> events;
  private final Instant now;
  private final Map<Long, Stored> tasks = new LinkedHashMap<>();
  private final Map<Long, Employee> employees;
  private final Map<Long, TaskSystem> systems;
  private final Set<Long> created = new LinkedHashSet<>();
  private final Set<Long> updated = new LinkedHashSet<>();
  private final Set<Long> deleted = new LinkedHashSet<>();
  private final List<Runnable> details = new ArrayList<>();
  private final List<TaskEvent> told = new ArrayList<>();

  TaskChanges(
      TaskRepository repository,
      ApplicationEventPublisher<DomainEvent> events,
      Instant now,
      Map<Long, Stored> tasks,
      Map<Long, Employee> employees,
      Map<Long, TaskSystem> systems) {
    this.repository = repository;
    this.events = events;
    this.now = now;
    this.tasks.putAll(tasks);
    this.employees = new HashMap<>(employees);
    this.systems = new HashMap<>(systems);
  }

  /** When the changes happen; precision one millisecond. */
  Instant now() {
    return now;
  }

  /** The locked tasks that exist, by id. */
  Collection<Stored> all() {
    return List.copyOf(tasks.values());
  }

  /** Those of the locked tasks that are an employee's. */
  List<Stored> ofEmployee(long id) {
    return tasks.values().stream()
        .filter(stored -> stored.task().employee() != null && stored.task().employee().id() == id)
        .toList();
  }

  /** Those of the locked tasks that are about a system. */
  List<Stored> ofSystem(long id) {
    return tasks.values().stream()
        .filter(stored -> stored.task().system() != null && stored.task().system().id() == id)
        .toList();
  }

  @Nullable Stored find(long id) {
    return tasks.get(id);
  }

  Stored require(long id) {
    Stored found = tasks.get(id);
    if (found == null) {
      throw ApiException.notFound("task");
    }
    return found;
  }

  /** A locked employee; null for null. */
  @Nullable EmployeeRef employee(@Nullable Long id) {
    if (id == null) {
      return null;
    }
    Employee employee = employees.get(id);
    if (employee == null) {
      throw ApiException.badField("employeeId", "is not the id of an employee");
    }
    return employee.ref();
  }

  /** A locked system; null for null. */
  @Nullable SystemRef system(@Nullable Long id) {
    if (id == null) {
      return null;
    }
    TaskSystem system = systems.get(id);
    if (system == null) {
      throw ApiException.badField("systemId", "is not the id of a system");
    }
    return system.ref();
  }

  /** A new task. */
  Task create(Consumer<TaskDraft> edit, Actor by) {
    TaskDraft draft = TaskDraft.create(0, now);
    edit.accept(draft);
    Task checked = draft.task();
    Task task = withId(checked, repository.nextId());
    String assignee = assigneeOf(task, null);
    tasks.put(task.id(), new Stored(task, assignee));
    created.add(task.id());
    told.add(new TaskCreated(task, by, assignee));
    return task;
  }

  /** Changes a task; answers with what it is then. Without a difference nothing happens. */
  Task update(long id, Consumer<TaskDraft> edit, Actor by) {
    Stored before = require(id);
    TaskDraft draft = new TaskDraft(before.task(), now);
    edit.accept(draft);
    return update(before, draft, assigneeOf(draft.task(), before), by);
  }

  /** The same, where the account of the employee may be another one now. */
  Task update(Stored before, TaskDraft draft, @Nullable String assignee, Actor by) {
    List<String> changed = draft.task().differences(before.task());
    if (changed.isEmpty()) {
      return before.task();
    }
    Task after = draft.task(before.task().version() + 1, now);
    tasks.put(after.id(), new Stored(after, assignee));
    updated.add(after.id());
    told.add(new TaskUpdated(after, before.task(), changed, by, assignee, before.assignee()));
    return after;
  }

  /** A note to be added by an edit that succeeds. */
  TaskNote note(String text, Actor by) {
    return new TaskNote(repository.nextNoteId(), text, by, now);
  }

  /** Stores what belongs to a change but is no column of the task. */
  void also(Runnable detail) {
    details.add(detail);
  }

  void delete(long id, Actor by) {
    Stored last = require(id);
    tasks.remove(id);
    deleted.add(id);
    told.add(new TaskDeleted(last.task(), by, last.assignee()));
  }

  /** Stores all changes and publishes their events, in order. The last thing to be called. */
  void flush() {
    repository.insert(current(created));
    updated.removeAll(created);
    repository.update(current(updated));
    details.forEach(Runnable::run);
    repository.delete(deleted);
    told.forEach(events::publishEvent);
  }

  private List<Task> current(Set<Long> ids) {
    return ids.stream()
        .filter(id -> !deleted.contains(id))
        .sorted()
        .map(id -> Objects.requireNonNull(tasks.get(id)).task())
        .toList();
  }

  private @Nullable String assigneeOf(Task task, @Nullable Stored before) {
    EmployeeRef employee = task.employee();
    if (employee == null) {
      return null;
    }
    if (before != null
        && before.task().employee() != null
        && before.task().employee().id() == employee.id()) {
      return before.assignee();
    }
    return Objects.requireNonNull(employees.get(employee.id())).username();
  }

  private static Task withId(Task task, long id) {
    return new Task(
        id,
        task.title(),
        task.description(),
        task.status(),
        task.priority(),
        task.system(),
        task.employee(),
        task.dueAt(),
        task.notes(),
        task.images(),
        task.acknowledgedAt(),
        task.completedAt(),
        task.version(),
        task.createdAt(),
        task.updatedAt());
  }
}
