package io.crewline.task;

import io.crewline.account.AccountService;
import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.journal.DomainEvent;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.task.TaskTransactions.Touched;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The people who do tasks. Methods join the caller's transaction or open one. Managers write and
 * see all of them; members see the one that is linked to their account, without its contacts.
 */
@Singleton
public final class EmployeeService {
  private final Database database;
  private final EmployeeRepository employees;
  private final TaskRepository tasks;
  private final TaskTransactions transactions;
  private final AccountService accounts;
  private final ApplicationEventPublisher<DomainEvent> events;
  private final Clock clock;

  EmployeeService(
      Database database,
      EmployeeRepository employees,
      TaskRepository tasks,
      TaskTransactions transactions,
      AccountService accounts,
      ApplicationEventPublisher<DomainEvent> events,
      Clock clock) {
    this.database = database;
    this.employees = employees;
    this.tasks = tasks;
    this.transactions = transactions;
    this.accounts = accounts;
    this.events = events;
    this.clock = clock;
  }

  /** The employee of that id. */
  public Optional<Employee> find(long id) {
    return database.transaction(() -> employees.find(id));
  }

  /** The employee who is linked to an account. */
  public Optional<Employee> ofUser(String username) {
    return database.transaction(() -> employees.ofUser(username));
  }

  /** At most {@code limit} that the caller sees, by id. */
  List<Employee> list(Identity caller, long after, int limit) {
    boolean all = TaskService.seesAll(caller);
    return database
        .transaction(() -> employees.page(after, limit, all ? null : caller.username()))
        .stream()
        .map(employee -> all ? employee : withoutContacts(employee))
        .toList();
  }

  Employee get(Identity caller, long id) {
    Employee found = find(id).orElseThrow(() -> ApiException.notFound("employee"));
    if (TaskService.seesAll(caller)) {
      return found;
    }
    if (!caller.username().equals(found.username())) {
      throw ApiException.notFound("employee");
    }
    return withoutContacts(found);
  }

  private void requireManager(Identity caller, long id) {
    if (!TaskService.seesAll(caller)) {
      get(caller, id);
      caller.requireAtLeast(Role.MANAGER);
    }
  }

  Employee create(Identity caller, EmployeeInput input) {
    caller.requireAtLeast(Role.MANAGER);
    Instant now = now();
    Employee wanted = input.over(new Employee(0, "", null, null, null, null, now, now));
    return inTransaction(
        () -> {
          checkUsername(wanted.username(), 0);
          return employees.insert(wanted);
        });
  }

  /**
   * Changes an employee. A new name is told as a change of each task that shows it; another account
   * sees other tasks from then on, and so does the one before.
   */
  Employee change(Identity caller, long id, EmployeeInput input) {
    requireManager(caller, id);
    return inTransaction(
        () -> {
          Employee before =
              employees.findAndLock(id).orElseThrow(() -> ApiException.notFound("employee"));
          Employee wanted = input.over(before);
          if (wanted.equals(before)) {
            return before;
          }
          boolean renamed = !wanted.name().equals(before.name());
          boolean relinked = !Objects.equals(wanted.username(), before.username());
          if (relinked) {
            checkUsername(wanted.username(), id);
          }
          Employee after = at(wanted, now());
          if (renamed || relinked) {
            // Also where no task changes: an event that is on its way must come before the marker.
            Set<Long> shown = new TreeSet<>(tasks.ofEmployee(id));
            TaskChanges changes = transactions.begin(Touched.tasks(shown));
            employees.update(after);
            for (TaskRepository.Stored stored : changes.ofEmployee(id)) {
              TaskDraft draft = new TaskDraft(stored.task(), changes.now());
              draft.assign(after.ref(), false);
              changes.update(stored, draft, after.username(), Actor.user(caller));
            }
            changes.flush();
          } else {
            employees.update(after);
          }
          if (relinked) {
            events.publishEvent(new SightChanged(names(before.username(), after.username())));
          }
          return after;
        });
  }

  /** Deletes an employee; their tasks are nobody's then, each told as a change. */
  void delete(Identity caller, long id) {
    requireManager(caller, id);
    database.transaction(
        () -> {
          Employee last =
              employees.findAndLock(id).orElseThrow(() -> ApiException.notFound("employee"));
          Set<Long> shown = new TreeSet<>(tasks.ofEmployee(id));
          transactions.run(
              Touched.tasks(shown),
              changes -> {
                changes
                    .ofEmployee(id)
                    .forEach(
                        stored ->
                            changes.update(
                                stored.task().id(),
                                draft -> draft.assign(null, true),
                                Actor.user(caller)));
                return shown;
              });
          employees.delete(last.id());
        });
  }

  /** Two who link employees to one account at once find out by the unique key. */
  private Employee inTransaction(Supplier<Employee> work) {
    try {
      return database.transaction(work);
    } catch (RuntimeException e) {
      if (Database.isUniqueViolation(e)) {
        throw taken();
      }
      throw e;
    }
  }

  private static ApiException taken() {
    return ApiException.conflict("this user is another employee already");
  }

  private void checkUsername(@Nullable String username, long id) {
    if (username == null) {
      return;
    }
    if (!accounts.exists(username)) {
      throw ApiException.badField("username", "is not the name of a user");
    }
    if (employees.ofUser(username).filter(other -> other.id() != id).isPresent()) {
      throw taken();
    }
  }

  private static Set<String> names(@Nullable String one, @Nullable String other) {
    Set<String> names = new LinkedHashSet<>();
    if (one != null) {
      names.add(one);
    }
    if (other != null) {
      names.add(other);
    }
    return names;
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  private static Employee at(Employee employee, Instant updatedAt) {
    return new Employee(
        employee.id(),
        employee.name(),
        employee.username(),
        employee.email(),
        employee.phone(),
        employee.locale(),
        employee.createdAt(),
        updatedAt);
  }

  private static Employee withoutContacts(Employee employee) {
    return new Employee(
        employee.id(),
        employee.name(),
        employee.username(),
        null,
        null,
        null,
        employee.createdAt(),
        employee.updatedAt());
  }
}
