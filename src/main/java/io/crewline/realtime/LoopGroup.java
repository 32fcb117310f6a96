package io.crewline.realtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subscribers of a topic whose transports share a loop. The list belongs to the loop: it is
 * read and changed there only, so delivery takes no lock. What is to be done queues here rather
 * than at the loop, so that a busy loop finds the events that came meanwhile together, and writes
 * them to each subscriber at once: the busier it is, the less an event costs.
 */
final class LoopGroup {
  private static final Logger LOG = LoggerFactory.getLogger(LoopGroup.class);

  private sealed interface Work {}

  private record Delivery(EventBatch batch) implements Work {}

  private record Action(Runnable action) implements Work {}

  private final Executor loop;
  private final RealtimeMetrics metrics;
  private final List<Subscription> subscriptions = new ArrayList<>();
  private List<Work> waiting = new ArrayList<>();
  private boolean scheduled;

  LoopGroup(Executor loop, RealtimeMetrics metrics) {
    this.loop = loop;
    this.metrics = metrics;
  }

  void add(Subscription subscription, Runnable added) {
    enqueue(
        new Action(
            () -> {
              subscriptions.add(subscription);
              added.run();
            }));
  }

  void remove(Subscription subscription) {
    enqueue(new Action(() -> subscriptions.remove(subscription)));
  }

  /** Writes a batch to each subscriber. */
  void deliver(EventBatch batch) {
    enqueue(new Delivery(batch));
  }

  /** Writes an ephemeral event to each subscriber that is live and takes it at once. */
  void deliver(EphemeralBatch batch, EphemeralEvent event) {
    enqueue(new Action(() -> write(batch, event)));
  }

  /** Runs an action for each subscriber, on the loop: after the events before it. */
  void forEach(Consumer<Subscription> action) {
    enqueue(new Action(() -> List.copyOf(subscriptions).forEach(action)));
  }

  private void enqueue(Work work) {
    synchronized (this) {
      waiting.add(work);
      if (scheduled) {
        return;
      }
      scheduled = true;
    }
    loop.execute(this::run);
  }

  private void run() {
    List<Work> all;
    synchronized (this) {
      all = waiting;
      waiting = new ArrayList<>();
    }
    try {
      process(all);
    } catch (RuntimeException e) {
      // Whoever missed events by this sees a gap at the next one and catches up.
      LOG.error("Work of a topic failed", e);
    }
    synchronized (this) {
      scheduled = !waiting.isEmpty();
      if (!scheduled) {
        return;
      }
    }
    // In its turn: the loop has sockets to read, too.
    loop.execute(this::run);
  }

  private void process(List<Work> all) {
    Stretch stretch = new Stretch();
    for (Work work : all) {
      switch (work) {
        case Delivery(EventBatch batch) -> {
          if (!stretch.add(batch)) {
            write(stretch);
            stretch = new Stretch();
            stretch.add(batch);
          }
        }
        case Action(Runnable action) -> {
          write(stretch);
          stretch = new Stretch();
          action.run();
        }
      }
    }
    write(stretch);
  }

  private void write(Stretch stretch) {
    if (stretch.entries().isEmpty()) {
      return;
    }
    try {
      for (int i = 0; i < subscriptions.size(); i++) {
        offer(stretch, subscriptions.get(i));
      }
    } finally {
      stretch.done(metrics);
    }
  }

  /** A session that cannot be written to is closed, and resumes; the others do not notice. */
  private void offer(Stretch stretch, Subscription subscription) {
    Session session = subscription.session();
    try {
      int written = subscription.offer(stretch);
      if (written > 0) {
        session.transport().flush();
        metrics.delivered(written);
      }
    } catch (RuntimeException e) {
      LOG.error("Delivery to session {} failed", session, e);
      session.close(CloseReason.INTERNAL);
    }
  }

  private void write(EphemeralBatch batch, EphemeralEvent event) {
    int written = 0;
    try {
      for (int i = 0; i < subscriptions.size(); i++) {
        written += offer(batch, event, subscriptions.get(i)) ? 1 : 0;
      }
    } finally {
      metrics.ephemeral(written, subscriptions.size() - written);
      batch.done();
    }
  }

  private static boolean offer(
      EphemeralBatch batch, EphemeralEvent event, Subscription subscription) {
    Session session = subscription.session();
    try {
      boolean written = subscription.isLive() && batch.write(session, event);
      if (written) {
        session.transport().flush();
      }
      return written;
    } catch (RuntimeException e) {
      LOG.error("Delivery to session {} failed", session, e);
      session.close(CloseReason.INTERNAL);
      return false;
    }
  }
}
