package io.crewline.task;

import io.crewline.account.AccountService;
import io.crewline.account.AccountsReady;
import io.crewline.account.Identity;
import io.crewline.platform.Database;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The tasks of the demo: two systems, two employees, one of them {@code ada}, and some work. */
@Singleton
final class DemoTasks {
  private final Database database;
  private final SystemService systems;
  private final EmployeeService employees;
  private final TaskDesk tasks;
  private final AccountService accounts;
  private final Clock clock;

  DemoTasks(
      Database database,
      SystemService systems,
      EmployeeService employees,
      TaskDesk tasks,
      AccountService accounts,
      Clock clock) {
    this.database = database;
    this.systems = systems;
    this.employees = employees;
    this.tasks = tasks;
    this.accounts = accounts;
    this.clock = clock;
  }

  @EventListener
  void create(AccountsReady ready) {
    if (ready.demo()) {
      database.transaction(this::createOnce);
    }
  }

  private void createOnce() {
    // Another node that starts at the same moment waits here, and then finds them.
    database.update("LOCK TABLE system IN SHARE ROW EXCLUSIVE MODE");
    Identity dave = accounts.identify("dave");
    if (!systems.list(dave, 0, 1).isEmpty() || !employees.list(dave, 0, 1).isEmpty()) {
      return;
    }
    long pump = systems.create(dave, new SystemInput("Pump 3", "Hall 3, left of the gate")).id();
    long press = systems.create(dave, new SystemInput("Press 1", "Hall 1")).id();
    long ada = employees.create(dave, employee("Ada Lovelace", "ada", "en")).id();
    long kurt = employees.create(dave, employee("Kurt Weber", null, "de")).id();
    task(dave, "Change the seal of pump 3", TaskPriority.HIGH, pump, ada, 1);
    task(dave, "Read the meters of hall 1", TaskPriority.NORMAL, press, ada, 2);
    task(dave, "Oil the press", TaskPriority.NORMAL, press, kurt, 3);
    task(dave, "Order gaskets", TaskPriority.LOW, null, null, 7);
  }

  private static EmployeeInput employee(String name, @Nullable String username, String locale) {
    return new EmployeeInput(
        Set.of("name", "username", "locale"), name, username, null, null, locale);
  }

  private void task(
      Identity by,
      String title,
      TaskPriority priority,
      @Nullable Long systemId,
      @Nullable Long employeeId,
      int days) {
    Instant due = clock.instant().truncatedTo(ChronoUnit.HOURS).plus(Duration.ofDays(days));
    tasks.create(
        by,
        new TaskInput(
            Set.of("title", "priority", "systemId", "employeeId", "dueAt"),
            title,
            "",
            null,
            priority,
            systemId,
            employeeId,
            due,
            null));
  }
}
