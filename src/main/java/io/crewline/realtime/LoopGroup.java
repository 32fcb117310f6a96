package io.crewline.realtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
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

  /**
   * @param failed told when the action could not be run
   */
  private record Action(Runnable action, Consumer<Throwable> failed) implements Work {}

  private final Executor loop;
  private final RealtimeMetrics metrics;
  private final List<Subscription> subscriptions = new ArrayList<>();
  private List<Work> waiting = new ArrayList<>();
  private boolean scheduled;

  LoopGroup(Executor loop, RealtimeMetrics metrics) {
    this.loop = loop;
    this.metrics = metrics;
  }

  /**
   * @param added completed when the subscription is there
   */
  void add(Subscription subscription, CompletableFuture<Void> added) {
    enqueue(
        new Action(
            () -> {
              subscriptions.add(subscription);
              added.complete(null);
            },
            added::completeExceptionally));
  }

  void remove(Subscription subscription) {
    enqueue(new Action(() -> subscriptions.remove(subscription), this::fail));
  }

  /** Writes a batch to each subscriber. */
  void deliver(EventBatch batch) {
    enqueue(new Delivery(batch));
  }

  /** Writes an ephemeral event to each subscriber that is live and takes it at once. */
  void deliver(EphemeralBatch batch, EphemeralEvent event) {
    enqueue(new Action(() -> write(batch, event), this::missed));
  }

  /** Runs an action for each subscriber, on the loop: after the events before it. */
  void forEach(Consumer<Subscription> action) {
    enqueue(
        new Action(
            () -> {
              for (Subscription subscription : List.copyOf(subscriptions)) {
                try {
                  action.accept(subscription);
                } catch (Throwable e) {
                  subscription.session().fail("a topic", e);
                }
              }
            },
            this::fail));
  }

  private void enqueue(Work work) {
    synchronized (this) {
      waiting.add(work);
      if (scheduled) {
        return;
      }
      scheduled = true;
    }
    schedule();
  }

  /** Asks a loop again that did not take the work when it came. Any thread. */
  void nudge() {
    synchronized (this) {
      if (scheduled || waiting.isEmpty()) {
        return;
      }
      scheduled = true;
    }
    schedule();
  }

  /** A loop that fails to take the work is asked again; one that has ended is not. */
  private void schedule() {
    try {
      loop.execute(this::run);
    } catch (RejectedExecutionException e) {
      // The node stops, and every session of the loop with it.
      List<Work> all;
      synchronized (this) {
        scheduled = false;
        all = waiting;
        waiting = new ArrayList<>();
      }
      all.forEach(work -> abandon(work, e));
    } catch (Throwable e) {
      synchronized (this) {
        scheduled = false;
      }
      throw e;
    }
  }

  private void abandon(Work work, Throwable cause) {
    switch (work) {
      case Delivery(EventBatch batch) -> batch.done();
      case Action(Runnable action, Consumer<Throwable> failed) -> failed.accept(cause);
    }
  }

  private void run() {
    List<Work> all;
    synchronized (this) {
      all = waiting;
      waiting = new ArrayList<>();
    }
    try {
      process(all);
    } catch (Throwable e) {
      fail(e);
    }
    synchronized (this) {
      scheduled = !waiting.isEmpty();
      if (!scheduled) {
        return;
      }
    }
    // In its turn: the loop has sockets to read, too.
    schedule();
  }

  /** Whoever may have missed something comes back for it. On the loop. */
  private void fail(Throwable cause) {
    LOG.error("Work of a topic failed for {} subscriptions", subscriptions.size(), cause);
    for (Subscription subscription : List.copyOf(subscriptions)) {
      subscription.session().comeBack();
    }
  }

  private void missed(Throwable cause) {
    LOG.error("An ephemeral event was not delivered", cause);
  }

  private void process(List<Work> all) {
    Stretch stretch = new Stretch();
    for (Work work : all) {
      try {
        stretch = process(work, stretch);
      } catch (Throwable e) {
        fail(e);
        stretch = new Stretch();
      }
    }
    write(stretch);
  }

  private Stretch process(Work work, Stretch stretch) {
    switch (work) {
      case Delivery(EventBatch batch) -> {
        if (stretch.add(batch)) {
          return stretch;
        }
        write(stretch);
        Stretch next = new Stretch();
        next.add(batch);
        return next;
      }
      case Action(Runnable action, Consumer<Throwable> failed) -> {
        write(stretch);
        try {
          action.run();
        } catch (Throwable e) {
          failed.accept(e);
        }
        return new Stretch();
      }
    }
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
    } catch (Throwable e) {
      session.fail("delivery", e);
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
    } catch (Throwable e) {
      session.fail("delivery", e);
      return false;
    }
  }
}
