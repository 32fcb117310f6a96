package io.crewline.task;

import io.crewline.journal.Audience;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import java.util.Map;
import java.util.Set;

/**
 * Some users see other tasks from here on, because of who they are now and not because of a task: a
 * marker that nobody sees, after which their watches begin again.
 */
record SightChanged(Set<String> usernames) implements DomainEvent {
  @Override
  public Topic topic() {
    return Topic.TASKS;
  }

  @Override
  public String type() {
    return "sight.changed";
  }

  @Override
  public Object data() {
    return Map.of();
  }

  @Override
  public Audience audience() {
    return Audience.changedFor(usernames);
  }
}
