package io.crewline.task;

import io.crewline.journal.DomainEvent;
import io.crewline.platform.Database;
import io.crewline.task.TaskRepository.Stored;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Begins and ends the {@link TaskChanges} of a transaction. Locks are taken in one order by
 * everybody: employees, systems, tasks, each by id. So two transactions cannot wait for each other
 * in a circle, and what a task shows of its employee and system is what they are called when its
 * event gets its number.
 */
@Singleton
final class TaskTransactions {
  private final Database database;
  private final TaskRepository tasks;
  private final EmployeeRepository employees;
  private final SystemRepository systems;
  private final ApplicationEventPublisher<DomainEvent> events;
  private final Clock clock;

  TaskTransactions(
      Database database,
      TaskRepository tasks,
      EmployeeRepository employees,
      SystemRepository systems,
      ApplicationEventPublisher<DomainEvent> events,
      Clock clock) {
    this.database = database;
    this.tasks = tasks;
    this.employees = employees;
    this.systems = systems;
    this.events = events;
    this.clock = clock;
  }

  /** What changes touch: rows that need not exist. */
  record Touched(Set<Long> employees, Set<Long> systems, Set<Long> tasks) {
    static Touched task(long id) {
      return tasks(Set.of(id));
    }

    static Touched tasks(Set<Long> ids) {
      return new Touched(Set.of(), Set.of(), ids);
    }

    /** What somebody names, null for nothing. */
    static Touched of(@Nullable Long taskId, @Nullable Long employeeId, @Nullable Long systemId) {
      return new Touched(set(employeeId), set(systemId), set(taskId));
    }

    private static Set<Long> set(@Nullable Long id) {
      return id == null ? Set.of() : Set.of(id);
    }

    Touched and(Touched other) {
      return new Touched(
          union(employees, other.employees),
          union(systems, other.systems),
          union(tasks, other.tasks));
    }

    /** Whether a row is touched by both. */
    boolean overlaps(Touched other) {
      return !Collections.disjoint(tasks, other.tasks)
          || !Collections.disjoint(employees, other.employees)
          || !Collections.disjoint(systems, other.systems);
    }

    private static Set<Long> union(Set<Long> one, Set<Long> other) {
      Set<Long> all = new TreeSet<>(one);
      all.addAll(other);
      return all;
    }
  }

  /** Makes changes in the caller's transaction or one of its own, and stores them. */
  <T> T run(Touched touched, Function<TaskChanges, T> work) {
    return database.transaction(
        () -> {
          TaskChanges changes = begin(touched);
          T result = work.apply(changes);
          changes.flush();
          return result;
        });
  }

  /** Of these rows those that somebody else has locked, or that do not exist. */
  Touched locked(Touched touched) {
    return database.transaction(
        () ->
            new Touched(
                without(touched.employees(), employees.free(touched.employees())),
                without(touched.systems(), systems.free(touched.systems())),
                without(touched.tasks(), tasks.free(touched.tasks()))));
  }

  private static Set<Long> without(Set<Long> all, Collection<Long> some) {
    Set<Long> rest = new TreeSet<>(all);
    rest.removeAll(Set.copyOf(some));
    return rest;
  }

  /** Locks and reads. Needs a transaction. */
  TaskChanges begin(Touched touched) {
    Map<Long, Employee> sharedEmployees = employees.share(touched.employees());
    Map<Long, TaskSystem> sharedSystems = systems.share(touched.systems());
    tasks.lock(touched.tasks());
    // Read by a statement of its own: one that waited for a lock sees joined rows as of before.
    Map<Long, Stored> stored = tasks.load(touched.tasks());
    return new TaskChanges(
        tasks,
        events,
        clock.instant().truncatedTo(ChronoUnit.MILLIS),
        stored,
        sharedEmployees,
        sharedSystems);
  }
}
