package io.crewline.task;

import io.crewline.account.AccountChanged;
import io.crewline.account.Identity;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import io.crewline.realtime.TopicAuthorizer;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.inject.Singleton;
import java.util.Set;

/**
 * Who may watch tasks: every user. Managers see all, members what is assigned to them; a user whose
 * role changes sees other tasks from then on.
 */
@Singleton
final class TasksTopic implements TopicAuthorizer {
  private final ApplicationEventPublisher<DomainEvent> events;

  TasksTopic(ApplicationEventPublisher<DomainEvent> events) {
    this.events = events;
  }

  @Override
  public boolean owns(Topic topic) {
    return topic.equals(Topic.TASKS);
  }

  @Override
  public boolean mayWatch(Identity identity, Topic topic) {
    return owns(topic);
  }

  @Override
  public boolean seesAll(Identity identity, Topic topic) {
    return TaskService.seesAll(identity);
  }

  @EventListener
  void changed(AccountChanged change) {
    if (change.changed().contains("role")) {
      events.publishEvent(new SightChanged(Set.of(change.identity().username())));
    }
  }
}
