package io.crewline.confirmation;

import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.confirmation.ConfirmationRepository.Row;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Ids;
import io.crewline.platform.InputErrors;
import io.crewline.task.Actor;
import io.crewline.task.Employee;
import io.crewline.task.Task;
import io.crewline.task.TaskService;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What managers do with confirmations. */
@Singleton
public final class ConfirmationService {
  static final int MOST_TASKS = 100;
  static final Duration DEFAULT_LIFE = Duration.ofDays(14);
  static final Duration LONGEST_LIFE = Duration.ofDays(90);

  private final ConfirmationRepository rows;
  private final Confirmations confirmations;
  private final Announcer announcer;
  private final TaskService tasks;
  private final Database database;
  private final Ids ids;
  private final Clock clock;

  ConfirmationService(
      ConfirmationRepository rows,
      Confirmations confirmations,
      Announcer announcer,
      TaskService tasks,
      Database database,
      Ids ids,
      Clock clock) {
    this.rows = rows;
    this.confirmations = confirmations;
    this.announcer = announcer;
    this.tasks = tasks;
    this.database = database;
    this.ids = ids;
    this.clock = clock;
  }

  /** A new link. The token is kept nowhere else. */
  record Created(long id, String token, Instant expiresAt) {
    @Override
    public String toString() {
      return "Created[id=" + id + "]";
    }
  }

  /**
   * Makes a link for an employee. Tasks that are nobody's become the employee's; a task of another
   * employee is refused, for to take it away must be said clearly.
   *
   * @param errors what is wrong with the form so far
   */
  Created create(
      Identity caller,
      long employeeId,
      List<Long> taskIds,
      @Nullable Instant expiresAt,
      InputErrors errors) {
    caller.requireAtLeast(Role.MANAGER);
    Instant now = now();
    Instant end = errors.read(() -> end(expiresAt, now), now);
    if (taskIds.isEmpty() && !errors.names("taskIds")) {
      errors.add("taskIds", "0 elements (expected: 1 to " + MOST_TASKS + ")");
    }
    errors.check();
    Set<Long> wanted = new LinkedHashSet<>(taskIds);
    String token = ids.random();
    return database.transaction(
        () -> {
          Employee employee = tasks.employee(employeeId).orElse(null);
          if (employee == null) {
            errors.add("employeeId", "does not exist");
          }
          List<Long> unassigned = unassigned(employeeId, taskIds, errors);
          errors.check();
          if (!unassigned.isEmpty()) {
            tasks.assign(unassigned, employeeId, Actor.user(caller));
          }
          long id =
              rows.add(
                  LinkAccess.hash(token),
                  employeeId,
                  Objects.requireNonNull(employee).name(),
                  caller.username(),
                  now,
                  end,
                  wanted);
          return new Created(id, token, end);
        });
  }

  private List<Long> unassigned(long employeeId, List<Long> wanted, InputErrors errors) {
    Map<Long, Task> known = new HashMap<>();
    tasks.byIds(wanted).forEach(task -> known.put(task.id(), task));
    Set<Long> unassigned = new LinkedHashSet<>();
    for (int i = 0; i < wanted.size(); i++) {
      Task task = known.get(wanted.get(i));
      if (task == null) {
        errors.add(place(i), "task " + wanted.get(i) + " does not exist");
      } else if (task.employee() == null) {
        unassigned.add(task.id());
      } else if (task.employee().id() != employeeId) {
        errors.add(place(i), "task " + task.id() + " is assigned to " + task.employee().name());
      }
    }
    return List.copyOf(unassigned);
  }

  private static String place(int index) {
    return "taskIds[" + index + "]";
  }

  private static Instant end(@Nullable Instant wanted, Instant now) {
    if (wanted == null) {
      return now.plus(DEFAULT_LIFE);
    }
    Instant end = wanted.truncatedTo(ChronoUnit.MILLIS);
    if (!end.isAfter(now)) {
      throw ApiException.badField("expiresAt", "must be in the future");
    }
    if (end.isAfter(now.plus(LONGEST_LIFE))) {
      throw ApiException.badField(
          "expiresAt", "must be at most " + LONGEST_LIFE.toDays() + " days from now");
    }
    return end;
  }

  /** Confirmations before an id, the newest first. */
  List<Confirmation> list(Identity caller, long before, int limit) {
    caller.requireAtLeast(Role.MANAGER);
    return database.snapshot(() -> confirmations.of(rows.list(before, limit)));
  }

  Confirmation get(Identity caller, long id) {
    caller.requireAtLeast(Role.MANAGER);
    return database.snapshot(() -> confirmations.require(id));
  }

  /** From now on the link is not valid; to revoke it again changes nothing. */
  void revoke(Identity caller, long id) {
    caller.requireAtLeast(Role.MANAGER);
    database.transaction(
        () -> {
          Row row = rows.find(id).orElseThrow(() -> ApiException.notFound("confirmation"));
          if (rows.revoke(id, now())) {
            announcer.changed(row, false);
          }
        });
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
