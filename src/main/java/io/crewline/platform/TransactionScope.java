package io.crewline.platform;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transaction that a thread runs in, from the moment it asks for a connection until it has
 * given it back. Threads that are started meanwhile know of it too: whoever started them may wait
 * for them, so they must not wait for a connection in turn.
 */
final class TransactionScope {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionScope.class);
  private static final InheritableThreadLocal<TransactionScope> CURRENT =
      new InheritableThreadLocal<>();

  private final Thread owner = Thread.currentThread();
  private final List<Runnable> afterCommit = new ArrayList<>();
  private volatile boolean open = true;

  private TransactionScope() {}

  /** The scope of the calling thread's own transaction. */
  static @Nullable TransactionScope current() {
    TransactionScope scope = CURRENT.get();
    return scope != null && scope.open && scope.owner == Thread.currentThread() ? scope : null;
  }

  /** Whether the calling thread, or the one that started it, holds a connection. */
  static boolean holdsConnection() {
    TransactionScope scope = CURRENT.get();
    return scope != null && scope.open;
  }

  static TransactionScope open() {
    TransactionScope scope = new TransactionScope();
    CURRENT.set(scope);
    return scope;
  }

  void afterCommit(Runnable action) {
    afterCommit.add(action);
  }

  void close() {
    open = false;
    CURRENT.remove();
  }

  /** Runs every action; what is committed stays committed, whatever an action does. */
  void committed() {
    for (Runnable action : afterCommit) {
      try {
        action.run();
      } catch (RuntimeException | Error e) {
        LOG.error("An action after a commit failed", e);
      }
    }
  }
}
