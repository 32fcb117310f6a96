package io.crewline.realtime;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subscriptions of a topic by the loops of their sessions, and those who listen to all topics.
 * Thread-safe; it only enqueues. Who calls {@link #hand} one after another has the events written
 * in that order.
 */
final class TopicSubscribers {
  private static final Logger LOG = LoggerFactory.getLogger(TopicSubscribers.class);

  private final Topic topic;
  private final List<DeliveryListener> listeners;
  private final RealtimeMetrics metrics;
  private final Map<Executor, LoopGroup> groups = new ConcurrentHashMap<>();

  TopicSubscribers(Topic topic, List<DeliveryListener> listeners, RealtimeMetrics metrics) {
    this.topic = topic;
    this.listeners = listeners;
    this.metrics = metrics;
  }

  /**
   * @param added completed when the loop offers it the events
   */
  void add(Subscription subscription, CompletableFuture<Void> added) {
    group(subscription).add(subscription, added);
  }

  void remove(Subscription subscription) {
    group(subscription).remove(subscription);
  }

  private LoopGroup group(Subscription subscription) {
    return groups.computeIfAbsent(
        subscription.session().transport().loop(), loop -> new LoopGroup(loop, metrics));
  }

  /** Runs an action for each subscription, on its loop: after the events before it. */
  void forEach(Consumer<Subscription> action) {
    groups.values().forEach(group -> group.forEach(action));
  }

  /** Asks loops again that did not take what was to be done. */
  void nudge() {
    groups.values().forEach(LoopGroup::nudge);
  }

  void deliver(EphemeralEvent event) {
    List<LoopGroup> targets = List.copyOf(groups.values());
    EphemeralBatch batch = new EphemeralBatch(targets.size());
    targets.forEach(group -> group.deliver(batch, event));
  }

  /**
   * Hands events to the loops; what a listener does about one comes behind it and before the next.
   * Never throws.
   */
  void hand(List<JournalEntry> ready) {
    try {
      handAll(ready);
    } catch (Throwable e) {
      // Counted as delivered, they are not looked for again: whoever watches comes back for them.
      LOG.error("Events of {} could not be handed over", topic, e);
      forEach(subscription -> subscription.session().comeBack());
    }
  }

  private void handAll(List<JournalEntry> ready) {
    List<JournalEntry> chunk = new ArrayList<>(ready.size());
    for (JournalEntry entry : ready) {
      chunk.add(entry);
      for (DeliveryListener listener : listeners) {
        if (listener.wants(entry)) {
          enqueue(chunk);
          chunk = new ArrayList<>();
          tell(listener, entry);
        }
      }
    }
    enqueue(chunk);
  }

  /** What a listener could not do, such as ending who may watch, a new connection does. */
  private void tell(DeliveryListener listener, JournalEntry entry) {
    try {
      listener.delivered(entry);
    } catch (Throwable e) {
      LOG.error("What follows from {} of {} failed", entry.type(), topic, e);
      forEach(subscription -> subscription.session().comeBack());
    }
  }

  private void enqueue(List<JournalEntry> entries) {
    List<LoopGroup> targets = List.copyOf(groups.values());
    if (!entries.isEmpty() && !targets.isEmpty()) {
      EventBatch batch = new EventBatch(entries, targets.size());
      targets.forEach(group -> group.deliver(batch));
    }
  }
}
