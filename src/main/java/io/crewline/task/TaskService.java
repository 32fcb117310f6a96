package io.crewline.task;

import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What other features do with tasks. Methods join the caller's transaction or open one; each
 * publishes exactly one {@link TaskEvent} for each task that it really changed. Nobody's rights are
 * checked here.
 */
@Singleton
public final class TaskService {
  /**
   * The task.
   *
   * @throws io.crewline.platform.ApiException NOT_FOUND
   */
  public Task require(long id) {
    throw new UnsupportedOperationException("soon " + id);
  }

  /** Those of the tasks that exist, by id. */
  public List<Task> byIds(Collection<Long> ids) {
    throw new UnsupportedOperationException("soon " + ids);
  }

  /**
   * Moves a task on, and adds a note if there is one.
   *
   * @throws io.crewline.platform.ApiException NOT_FOUND, STATUS_NOT_ALLOWED naming those that may
   *     follow
   */
  public Task setStatus(long id, TaskStatus status, @Nullable String note, Actor by) {
    throw new UnsupportedOperationException("soon " + id + status + note + by);
  }

  /**
   * Makes open and assigned tasks acknowledged; those further along keep their status and get the
   * time, unless they have one. Answers with those of the tasks that exist, changed or not, by id.
   */
  public List<Task> acknowledge(Collection<Long> ids, Actor by) {
    throw new UnsupportedOperationException("soon " + ids + by);
  }

  /** Adds a note of at most 10,000 characters. */
  public Task addNote(long id, String text, Actor by) {
    throw new UnsupportedOperationException("soon " + id + text + by);
  }

  /** Adds a stored image, and links it to the task. */
  public Task addImage(long id, long attachmentId, Actor by) {
    throw new UnsupportedOperationException("soon " + id + attachmentId + by);
  }

  /** The users whose tasks they are, by task; tasks that are no user's are left out. */
  public Map<Long, String> assignees(Collection<Long> ids) {
    throw new UnsupportedOperationException("soon " + ids);
  }

  /** The employee of that id. */
  public Optional<Employee> employee(long id) {
    throw new UnsupportedOperationException("soon " + id);
  }
}
