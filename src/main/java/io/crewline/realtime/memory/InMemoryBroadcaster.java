package io.crewline.realtime.memory;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.realtime.Broadcaster;
import io.crewline.realtime.EphemeralEvent;
import io.micronaut.context.annotation.Requires;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Carries events between the nodes of one process over an {@link InMemoryBus}. A node that runs
 * alone is the only one on its bus.
 */
@Singleton
@Requires(property = "crewline.broadcaster", value = "memory", defaultValue = "memory")
public final class InMemoryBroadcaster implements Broadcaster {
  private final InMemoryBus bus;
  private final Set<Topic> topics = ConcurrentHashMap.newKeySet();

  public InMemoryBroadcaster(InMemoryBus bus) {
    this.bus = bus;
  }

  @Override
  public void start(
      Consumer<List<JournalEntry>> receiver,
      Consumer<List<EphemeralEvent>> ephemerals,
      Runnable reconnected) {
    bus.join(
        this,
        new InMemoryBus.Member(
            entries -> acceptWanted(entries, JournalEntry::topic, receiver),
            events -> acceptWanted(events, EphemeralEvent::topic, ephemerals)));
  }

  private <T> void acceptWanted(List<T> all, Function<T, Topic> topic, Consumer<List<T>> to) {
    List<T> wanted = all.stream().filter(each -> topics.contains(topic.apply(each))).toList();
    if (!wanted.isEmpty()) {
      to.accept(wanted);
    }
  }

  @Override
  public CompletionStage<Void> subscribe(Topic topic) {
    topics.add(topic);
    return CompletableFuture.completedStage(null);
  }

  @Override
  public void unsubscribe(Topic topic) {
    topics.remove(topic);
  }

  @Override
  public void broadcast(List<JournalEntry> entries) {
    bus.publish(this, member -> member.entries().accept(entries));
  }

  @Override
  public void broadcastEphemeral(List<EphemeralEvent> events) {
    bus.publish(this, member -> member.ephemerals().accept(events));
  }

  @Override
  public boolean isConnected() {
    return true;
  }
}
