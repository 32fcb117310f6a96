package io.crewline.task;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.LockWaits;
import io.crewline.task.TaskTransactions.Touched;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Task changes that need rows which somebody else has locked. Each waits on the thread of its
 * caller for as long as everybody does, in a transaction of its own. Those that need the same row
 * come one after another, in the order of arrival, so that one of them has a connection; when it
 * has waited in vain, those behind it do not wait once more. Thread-safe.
 */
@Singleton
final class TaskDetours {
  private static final int MOST = 256;

  private final TaskTransactions transactions;
  private final LockWaits lockWaits;
  private final List<Detour> detours = new ArrayList<>();

  TaskDetours(TaskTransactions transactions, LockWaits lockWaits) {
    this.transactions = transactions;
    this.lockWaits = lockWaits;
  }

  /** A change that waits for rows; {@code done} fails when they stayed locked. */
  private record Detour(Touched locked, CompletableFuture<Void> done) {}

  /** Whether a change that touches these rows would wait behind one that is here. */
  synchronized boolean include(Touched touched) {
    return detours.stream().anyMatch(detour -> detour.locked().overlaps(touched));
  }

  /**
   * Makes a change whose locks did not come in time.
   *
   * @throws ApiException the refusal of the change; UNAVAILABLE when the rows stay locked, or when
   *     too many wait
   */
  <T> T run(Touched touched, Function<TaskChanges, T> work) {
    Detour detour = new Detour(transactions.locked(touched), new CompletableFuture<>());
    List<CompletableFuture<Void>> before;
    synchronized (this) {
      if (detours.size() >= MOST) {
        throw ApiException.unavailable("too many task changes wait for locks");
      }
      before =
          detours.stream()
              .filter(other -> other.locked().overlaps(touched))
              .map(Detour::done)
              .toList();
      detours.add(detour);
    }
    try {
      lockWaits.await(before);
      return lockWaits.patiently(() -> transactions.run(touched, work));
    } catch (RuntimeException e) {
      if (Database.isLockTimeout(e)) {
        detour.done().completeExceptionally(e);
      }
      throw e;
    } finally {
      synchronized (this) {
        detours.remove(detour);
      }
      detour.done().complete(null);
    }
  }
}
