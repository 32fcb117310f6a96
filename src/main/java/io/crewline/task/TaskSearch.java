package io.crewline.task;

import io.crewline.account.Identity;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Paging;
import io.crewline.task.TaskRepository.Stored;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the tasks that a caller sees. */
@Singleton
final class TaskSearch {
  /** The name of the list in its cursors. */
  static final String LIST = "tasks";

  /** The most tasks of a snapshot. */
  static final int SNAPSHOT = 1000;

  /** An answer ends with the task that reaches this size, in characters, roughly. */
  private static final int LARGEST = 1_000_000;

  private static final int FRAME = 500;

  private final Database database;
  private final TaskRepository tasks;

  TaskSearch(Database database, TaskRepository tasks) {
    this.database = database;
    this.tasks = tasks;
  }

  /**
   * Some tasks.
   *
   * @param more whether there are others
   */
  record Found(List<Task> tasks, boolean more) {}

  Task get(Identity caller, long id) {
    Stored found = database.transaction(() -> tasks.load(List.of(id))).get(id);
    if (found == null || !TaskService.sees(caller, found)) {
      throw ApiException.notFound("task");
    }
    return found.task();
  }

  /** A page of those that match, after the place of a cursor. */
  Found list(
      Identity caller, TaskFilter filter, TaskSort sort, int limit, @Nullable String cursor) {
    TaskSort.Place after = sort.place(Paging.key(LIST, cursor));
    filter.seenBy(sightOf(caller));
    if (after != null) {
      filter.and(sort.after(), after.value(), after.id());
    }
    return database.snapshot(() -> find(filter, sort.orderBy(), limit));
  }

  /**
   * What the caller sees, all of it while it fits; else what is not done or cancelled comes first,
   * and the newest first.
   */
  Found snapshot(Identity caller, int limit) {
    TaskFilter filter = new TaskFilter().seenBy(sightOf(caller));
    return database.snapshot(
        () -> find(filter, "(task.status IN ('done', 'cancelled')), task.id DESC", limit));
  }

  private static @Nullable String sightOf(Identity caller) {
    return TaskService.seesAll(caller) ? null : caller.username();
  }

  private Found find(TaskFilter filter, String orderBy, int limit) {
    List<@Nullable Object> parameters = new ArrayList<>(filter.parameters());
    parameters.add(limit + 1);
    List<Long> ids =
        database.query(
            "SELECT id FROM task WHERE %s ORDER BY %s LIMIT ?".formatted(filter.where(), orderBy),
            row -> row.getLong(1),
            parameters.toArray());
    boolean more = ids.size() > limit;
    List<Long> wanted = more ? ids.subList(0, limit) : ids;
    Map<Long, Stored> loaded = tasks.load(wanted);
    List<Task> found = new ArrayList<>(wanted.size());
    long size = 0;
    for (long id : wanted) {
      Stored stored = loaded.get(id);
      if (stored != null) {
        if (size > LARGEST) {
          return new Found(found, true);
        }
        found.add(stored.task());
        size += size(stored.task());
      }
    }
    return new Found(found, more);
  }

  private static long size(Task task) {
    long size = FRAME + task.title().length() + task.description().length();
    for (TaskNote note : task.notes()) {
      size += FRAME / 4 + note.text().length();
    }
    return size + (long) FRAME * task.images().size();
  }
}
