package io.crewline.realtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subscribers of a topic whose transports share a loop. The list belongs to the loop: it is
 * read and changed there only, so delivery takes no lock.
 */
final class LoopGroup {
  private static final Logger LOG = LoggerFactory.getLogger(LoopGroup.class);

  private final Executor loop;
  private final List<Subscription> subscriptions = new ArrayList<>();

  LoopGroup(Executor loop) {
    this.loop = loop;
  }

  void add(Subscription subscription, Runnable added) {
    loop.execute(
        () -> {
          subscriptions.add(subscription);
          added.run();
        });
  }

  void remove(Subscription subscription) {
    loop.execute(() -> subscriptions.remove(subscription));
  }

  /** Writes a batch to each subscriber, then flushes each once. */
  void deliver(EventBatch batch, RealtimeMetrics metrics) {
    loop.execute(
        () -> {
          try {
            for (int i = 0; i < subscriptions.size(); i++) {
              deliver(batch, subscriptions.get(i), metrics);
            }
          } finally {
            metrics.reached(batch.entries().getLast().at());
            batch.done();
          }
        });
  }

  /** A session that cannot be written to is closed, and resumes; the others do not notice. */
  private static void deliver(
      EventBatch batch, Subscription subscription, RealtimeMetrics metrics) {
    Session session = subscription.session();
    try {
      int written = subscription.offer(batch);
      if (written > 0) {
        session.transport().flush();
        metrics.delivered(written);
      }
    } catch (RuntimeException e) {
      LOG.error("Delivery to session {} failed", session, e);
      session.close(CloseReason.INTERNAL);
    }
  }

  /** Writes an ephemeral event to each subscriber that is live and takes it at once. */
  void deliver(EphemeralBatch batch, EphemeralEvent event, RealtimeMetrics metrics) {
    loop.execute(
        () -> {
          int written = 0;
          try {
            for (int i = 0; i < subscriptions.size(); i++) {
              written += offer(batch, event, subscriptions.get(i)) ? 1 : 0;
            }
          } finally {
            metrics.ephemeral(written, subscriptions.size() - written);
            batch.done();
          }
        });
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

  /** Runs an action for each subscriber, on the loop. */
  void forEach(Consumer<Subscription> action) {
    loop.execute(() -> List.copyOf(subscriptions).forEach(action));
  }
}
