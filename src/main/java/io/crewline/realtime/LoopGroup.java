package io.crewline.realtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The subscribers of a topic whose transports share a loop. The list belongs to the loop: it is
 * read and changed there only, so delivery takes no lock.
 */
final class LoopGroup {
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
              Subscription subscription = subscriptions.get(i);
              int written = subscription.offer(batch);
              if (written > 0) {
                subscription.session().transport().flush();
                metrics.delivered(written);
              }
            }
          } finally {
            metrics.reached(batch.entries().getLast().at());
            batch.done();
          }
        });
  }

  /** Runs an action for each subscriber, on the loop. */
  void forEach(java.util.function.Consumer<Subscription> action) {
    loop.execute(() -> List.copyOf(subscriptions).forEach(action));
  }
}
