package io.crewline.platform;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Loads values by key, many with one query. While a load runs, the keys that are asked for gather
 * and are loaded together next: nobody waits for a timer, and thousands who ask at once cost a few
 * queries. Thread-safe.
 *
 * <p>Guarantee: a value is read after it was asked for, so what was committed before is seen. It is
 * refused inside a transaction, whose changes it would not see, and which would wait for a second
 * connection.
 */
public final class BatchLoader<K, V> {
  private final int most;
  private final Function<Set<K>, Map<K, V>> query;
  private Map<K, CompletableFuture<@Nullable V>> waiting = new LinkedHashMap<>();
  private boolean running;

  /**
   * @param most keys of one query; what is more waits for the next
   * @param query gives the values of those keys that have one; its failure is that of all who ask
   */
  public BatchLoader(int most, Function<Set<K>, Map<K, V>> query) {
    this.most = most;
    this.query = query;
  }

  /**
   * The value of a key, or null if it has none. Blocks. Throws what the query threw.
   *
   * @throws IllegalStateException inside a transaction
   */
  public @Nullable V load(K key) {
    Database.requireNoTransaction("a shared query");
    CompletableFuture<@Nullable V> value;
    synchronized (this) {
      value = waiting.computeIfAbsent(key, absent -> new CompletableFuture<>());
      if (!running) {
        running = true;
        Thread.ofVirtual().name("batch-loader").start(this::run);
      }
    }
    try {
      return value.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** How many keys wait for the next query. */
  synchronized int waiting() {
    return waiting.size();
  }

  private void run() {
    Map<K, CompletableFuture<@Nullable V>> batch = next();
    while (!batch.isEmpty()) {
      try {
        Map<K, V> found = query.apply(batch.keySet());
        batch.forEach((key, value) -> value.complete(found.get(key)));
      } catch (RuntimeException | Error e) {
        batch.values().forEach(value -> value.completeExceptionally(e));
      }
      batch = next();
    }
  }

  private synchronized Map<K, CompletableFuture<@Nullable V>> next() {
    Map<K, CompletableFuture<@Nullable V>> all = waiting;
    waiting = new LinkedHashMap<K, CompletableFuture<@Nullable V>>();
    running = !all.isEmpty();
    if (all.size() <= most) {
      return all;
    }
    Map<K, CompletableFuture<@Nullable V>> first = new LinkedHashMap<>();
    all.forEach((key, value) -> (first.size() < most ? first : waiting).put(key, value));
    return first;
  }
}
