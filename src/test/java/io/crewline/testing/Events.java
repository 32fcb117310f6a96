package io.crewline.testing;

import io.crewline.Crewline;
import io.crewline.journal.Audience;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import io.crewline.platform.Database;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.core.type.Argument;
import io.micronaut.inject.qualifiers.Qualifiers;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Commits events that no feature stands behind, to see how they travel. */
public final class Events {
  private final Database database;
  private final ApplicationEventPublisher<DomainEvent> publisher;

  private record Noted(
      Topic topic, String type, Map<String, Object> data, @Nullable Audience audience)
      implements DomainEvent {}

  @SuppressWarnings("unchecked")
  public Events(Crewline node) {
    this.database = node.context().getBean(Database.class);
    this.publisher =
        node.context()
            .getBean(
                Argument.of(ApplicationEventPublisher.class, DomainEvent.class), Qualifiers.none());
  }

  /** Commits events of type {@code noted} with {@code {"n":…,"text":…}}, in one transaction. */
  public void commit(Topic topic, int first, int count, String text) {
    database.transaction(
        () -> {
          for (int n = first; n < first + count; n++) {
            publish(topic, "noted", Map.of("n", n, "text", text), null);
          }
        });
  }

  /** Commits a marker after which a user has another sight of the topic. */
  public void changeSight(Topic topic, String username) {
    database.transaction(
        () -> publish(topic, "marker", Map.of(), Audience.changedFor(Set.of(username))));
  }

  private void publish(
      Topic topic, String type, Map<String, Object> data, @Nullable Audience audience) {
    publisher.publishEvent(new Noted(topic, type, data, audience));
  }
}
