package io.crewline.task;

import io.crewline.journal.Audience;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A change of one task, published in its transaction after the rows are written: exactly one for
 * each committed change. The user of its employee sees it too; the user of the employee who had it
 * before, if that is another one, sees it as {@code task:deleted}.
 */
public sealed interface TaskEvent extends DomainEvent {
  String CREATED = "task:created";
  String UPDATED = "task:updated";
  String DELETED = "task:deleted";

  /** The task after the change; of a deleted one the last state. */
  Task task();

  /** The task before the change; null for a new one. */
  @Nullable Task before();

  /** What changed, by the names on the wire; empty for new and deleted tasks. */
  List<String> changed();

  /** Who did it. */
  Actor by();

  /** The user whose task it is after the change; null for none. */
  @Nullable String assignee();

  /** The user whose task it was before the change; null for none. */
  @Nullable String formerAssignee();

  @Override
  default Topic topic() {
    return Topic.TASKS;
  }

  @Override
  default Object data() {
    return new TaskData(task(), changed(), by());
  }

  @Override
  default Audience audience() {
    String after = assignee();
    String former = formerAssignee();
    Audience audience = Audience.of(after == null ? Set.of() : Set.of(after));
    Task last = before();
    return last == null || former == null || former.equals(after)
        ? audience
        : audience.withFarewell(Set.of(former), DELETED, new TaskData(last, List.of(), by()));
  }

  /** A task was made. */
  record TaskCreated(Task task, Actor by, @Nullable String assignee) implements TaskEvent {
    @Override
    public String type() {
      return CREATED;
    }

    @Override
    public @Nullable Task before() {
      return null;
    }

    @Override
    public List<String> changed() {
      return List.of();
    }

    @Override
    public @Nullable String formerAssignee() {
      return null;
    }
  }

  /** A task is another one now. */
  record TaskUpdated(
      Task task,
      Task before,
      List<String> changed,
      Actor by,
      @Nullable String assignee,
      @Nullable String formerAssignee)
      implements TaskEvent {
    @Override
    public String type() {
      return UPDATED;
    }
  }

  /** A task is gone. */
  record TaskDeleted(Task task, Actor by, @Nullable String assignee) implements TaskEvent {
    @Override
    public String type() {
      return DELETED;
    }

    @Override
    public Task before() {
      return task;
    }

    @Override
    public List<String> changed() {
      return List.of();
    }

    @Override
    public @Nullable String formerAssignee() {
      return assignee;
    }
  }

  /** The payload. */
  @Serdeable
  record TaskData(Task task, List<String> changed, Actor by) {}
}
