package io.crewline.task;

import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.task.TaskTransactions.Touched;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The things that tasks are about. Managers write and see all of them; members see those that their
 * tasks show.
 */
@Singleton
final class SystemService {
  private final Database database;
  private final SystemRepository systems;
  private final TaskRepository tasks;
  private final TaskTransactions transactions;
  private final Clock clock;

  SystemService(
      Database database,
      SystemRepository systems,
      TaskRepository tasks,
      TaskTransactions transactions,
      Clock clock) {
    this.database = database;
    this.systems = systems;
    this.tasks = tasks;
    this.transactions = transactions;
    this.clock = clock;
  }

  /** At most {@code limit} that the caller sees, by id. */
  List<TaskSystem> list(Identity caller, long after, int limit) {
    return database.transaction(() -> systems.page(after, limit, sightOf(caller)));
  }

  TaskSystem get(Identity caller, long id) {
    return database
        .transaction(() -> systems.find(id, sightOf(caller)))
        .orElseThrow(SystemService::notFound);
  }

  private static @Nullable String sightOf(Identity caller) {
    return TaskService.seesAll(caller) ? null : caller.username();
  }

  private static ApiException notFound() {
    return ApiException.notFound("system");
  }

  private void requireManager(Identity caller, long id) {
    if (!TaskService.seesAll(caller)) {
      get(caller, id);
      caller.requireAtLeast(Role.MANAGER);
    }
  }

  TaskSystem create(Identity caller, SystemInput input) {
    caller.requireAtLeast(Role.MANAGER);
    Instant now = now();
    TaskSystem wanted = input.over(new TaskSystem(0, "", "", now, now));
    return database.transaction(() -> systems.insert(wanted));
  }

  /** Changes a system. A new name is told as a change of each task that shows it. */
  TaskSystem change(Identity caller, long id, SystemInput input) {
    requireManager(caller, id);
    return database.transaction(
        () -> {
          TaskSystem before = systems.findAndLock(id).orElseThrow(SystemService::notFound);
          TaskSystem wanted = input.over(before);
          if (wanted.equals(before)) {
            return before;
          }
          TaskSystem after =
              new TaskSystem(id, wanted.name(), wanted.description(), before.createdAt(), now());
          if (after.name().equals(before.name())) {
            systems.update(after);
          } else {
            showInTasks(id, after.ref(), Actor.user(caller), () -> systems.update(after));
          }
          return after;
        });
  }

  /** Deletes a system; its tasks are about nothing then, each told as a change. */
  void delete(Identity caller, long id) {
    requireManager(caller, id);
    database.transaction(
        () -> {
          TaskSystem last = systems.findAndLock(id).orElseThrow(SystemService::notFound);
          showInTasks(last.id(), null, Actor.user(caller), () -> {});
          systems.delete(id);
        });
  }

  private void showInTasks(long id, @Nullable SystemRef after, Actor by, Runnable change) {
    Set<Long> shown = new TreeSet<>(tasks.ofSystem(id));
    transactions.run(
        Touched.tasks(shown),
        changes -> {
          changes
              .ofSystem(id)
              .forEach(
                  stored -> changes.update(stored.task().id(), draft -> draft.system(after), by));
          change.run();
          return shown;
        });
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
