package io.crewline.confirmation;

import io.crewline.platform.Database;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Lets equal calls that are idempotent share their work: while one runs, those that come gather,
 * and one of them runs next for all. So thousands at once cost a few transactions. Thread-safe.
 *
 * <p>Guarantee: the work whose outcome a call gets has begun after the call.
 */
final class SharedCalls<K, V> {
  private final Map<K, CompletableFuture<V>> running = new HashMap<>();
  private final Map<K, CompletableFuture<V>> waiting = new HashMap<>();

  /**
   * The outcome of the work, or what it threw. Blocks.
   *
   * @throws IllegalStateException inside a transaction
   */
  V call(K key, Supplier<V> work) {
    Database.requireNoTransaction("a shared call");
    CompletableFuture<V> mine = new CompletableFuture<>();
    CompletableFuture<V> before;
    synchronized (this) {
      CompletableFuture<V> gathering = waiting.putIfAbsent(key, mine);
      if (gathering != null) {
        mine = gathering;
        before = null;
      } else {
        before = running.getOrDefault(key, CompletableFuture.completedFuture(null));
      }
    }
    if (before != null) {
      before.exceptionally(failure -> null).join();
      run(key, mine, work);
    }
    try {
      return mine.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private void run(K key, CompletableFuture<V> mine, Supplier<V> work) {
    synchronized (this) {
      waiting.remove(key);
      running.put(key, mine);
    }
    try {
      mine.complete(work.get());
    } catch (RuntimeException | Error e) {
      mine.completeExceptionally(e);
    } finally {
      synchronized (this) {
        running.remove(key, mine);
      }
    }
  }
}
