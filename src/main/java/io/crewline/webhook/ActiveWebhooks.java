package io.crewline.webhook;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The active webhooks as this node knows them, at most a second old: nobody asks other nodes, and a
 * change that records events costs no query for them. Thread-safe.
 */
@Singleton
final class ActiveWebhooks {
  private static final long OLDEST_NS = TimeUnit.MILLISECONDS.toNanos(1000);

  private final Database database;
  private final WebhookRepository repository;
  private volatile State state = new State(List.of(), System.nanoTime() - OLDEST_NS - 1);

  private record State(List<Webhook> webhooks, long readAt) {}

  ActiveWebhooks(Database database, WebhookRepository repository) {
    this.database = database;
    this.repository = repository;
  }

  /** Reads them only where the dispatcher, which refreshes them, has not come to it for a while. */
  List<Webhook> current() {
    State known = state;
    return System.nanoTime() - known.readAt > OLDEST_NS ? refresh() : known.webhooks;
  }

  /** Whether there were any when they were last read. Never blocks. */
  boolean any() {
    return !state.webhooks.isEmpty();
  }

  /** After a change on this node: whoever asks next reads them. */
  void expire() {
    state = new State(state.webhooks, System.nanoTime() - OLDEST_NS - 1);
  }

  List<Webhook> refresh() {
    long now = System.nanoTime();
    List<Webhook> read = database.transaction(repository::active);
    state = new State(read, now);
    return read;
  }
}
