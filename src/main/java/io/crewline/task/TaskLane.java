package io.crewline.task;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.LockWaits;
import io.crewline.platform.TransactionParticipant;
import io.crewline.platform.Watchdog;
import io.crewline.task.TaskTransactions.Touched;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.core.propagation.PropagatedContext;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit for task changes, which all need the number lock of one topic: changes wait here
 * while the commit before them runs, and then share the next transaction. There is no timer; a
 * change that finds the lane idle is committed at once, alone. Changes are committed in the order
 * of arrival, and each sees those before it. One that is refused is refused alone; when anything
 * else breaks a batch, it is repeated one by one. After an {@link Error} nobody knows how far the
 * batch came, so it fails and is not repeated; the lane goes on with the next.
 *
 * <p>A change whose locks somebody else holds does not hold up the others: a batch waits briefly
 * for locks. Then those that need a row which is locked take a detour ({@link TaskDetours}), as do
 * later ones that need it, until it is free; if it is no row, the batch is halved to find the
 * change.
 *
 * <p>A change that runs inside a transaction, or with which something else wants to commit (an
 * {@code Idempotency-Key}), does not wait: it has a transaction of its own.
 */
@Singleton
final class TaskLane {
  private static final Logger LOG = LoggerFactory.getLogger(TaskLane.class);
  private static final int BATCH = 64;
  private static final int WAITING = 4096;

  private final Database database;
  private final TaskTransactions transactions;
  private final TaskDetours detours;
  private final DistributionSummary sizes;
  private final Watchdog.Watch watch;
  private final ArrayDeque<Waiting<?>> queue = new ArrayDeque<>();
  private boolean running;

  TaskLane(
      Database database,
      TaskTransactions transactions,
      TaskDetours detours,
      MeterRegistry registry,
      Watchdog watchdog) {
    this.database = database;
    this.transactions = transactions;
    this.detours = detours;
    this.watch = watchdog.watch("task lane");
    this.sizes =
        DistributionSummary.builder("crewline.task.batch.size")
            .description("Task changes that shared one commit")
            .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64)
            .register(registry);
  }

  /** A change, and who waits for it. The work may run more than once; the last run counts. */
  private static final class Waiting<T> {
    final Touched touched;
    final Function<TaskChanges, T> work;
    final CompletableFuture<T> result = new CompletableFuture<>();

    Waiting(Touched touched, Function<TaskChanges, T> work) {
      this.touched = touched;
      this.work = work;
    }

    /** Makes the change; what the returned action does is to wait for the commit. */
    Runnable make(TaskChanges changes) {
      try {
        T made = work.apply(changes);
        return () -> result.complete(made);
      } catch (ApiException e) {
        return () -> result.completeExceptionally(e);
      }
    }
  }

  /**
   * Makes a change and waits until it is committed.
   *
   * @throws ApiException the refusal of the change, which has had no effect; UNAVAILABLE
   */
  <T> T run(Touched touched, Function<TaskChanges, T> work) {
    boolean alone =
        database.inTransaction()
            || PropagatedContext.getOrEmpty().find(TransactionParticipant.class).isPresent();
    if (alone) {
      return transactions.run(touched, work);
    }
    Database.requireNoTransaction("a task change");
    Waiting<T> waiting = new Waiting<>(touched, work);
    if (detours.include(touched)) {
      return detours.run(touched, work);
    }
    enqueue(waiting);
    try {
      return waiting.result.join();
    } catch (CompletionException e) {
      RuntimeException cause = e.getCause() instanceof RuntimeException refusal ? refusal : e;
      if (Database.isLockTimeout(cause)) {
        return detours.run(touched, work);
      }
      throw cause;
    }
  }

  private void enqueue(Waiting<?> waiting) {
    synchronized (this) {
      if (queue.size() >= WAITING) {
        throw ApiException.unavailable("too many task changes wait to be committed");
      }
      queue.addLast(waiting);
      if (running) {
        return;
      }
      running = true;
    }
    start();
  }

  private void start() {
    boolean started = false;
    try {
      Thread.ofVirtual().name("task-lane").start(this::drain);
      started = true;
    } finally {
      if (!started) {
        synchronized (this) {
          running = false;
          watch.rest();
        }
      }
    }
  }

  /** How many changes wait for the commit that runs. */
  synchronized int waiting() {
    return queue.size();
  }

  private void drain() {
    boolean drained = false;
    try {
      List<Waiting<?>> next = next();
      while (!next.isEmpty()) {
        commit(next, LockWaits.BRIEFLY);
        next = next();
      }
      drained = true;
    } finally {
      if (!drained) {
        start();
      }
    }
  }

  private synchronized List<Waiting<?>> next() {
    List<Waiting<?>> next = new ArrayList<>(Math.min(queue.size(), BATCH));
    while (next.size() < BATCH && !queue.isEmpty()) {
      next.add(queue.removeFirst());
    }
    running = !next.isEmpty();
    if (!running) {
      watch.rest();
    }
    return next;
  }

  private void commit(List<Waiting<?>> batch, Duration lockWait) {
    List<Runnable> answers;
    try {
      // Several commits may follow from one batch, each of which may take its time.
      watch.beat();
      sizes.record(batch.size());
      answers = database.transaction(() -> make(batch, lockWait));
    } catch (RuntimeException e) {
      if (Database.isLockTimeout(e) && batch.size() > 1) {
        divide(batch, e);
        return;
      }
      boolean away = e instanceof ApiException refused && refused.code() == ErrorCode.UNAVAILABLE;
      if (away) {
        batch.forEach(waiting -> waiting.result.completeExceptionally(e));
      } else if (batch.size() > 1) {
        LOG.debug("A batch of {} failed and is repeated one by one", batch.size(), e);
        batch.forEach(waiting -> commit(List.of(waiting), lockWait));
      } else {
        batch.getFirst().result.completeExceptionally(e);
      }
      return;
    } catch (Error e) {
      LOG.error("A batch of {} task changes failed", batch.size(), e);
      ApiException failed =
          ApiException.of(ErrorCode.INTERNAL, "the change may not have been stored");
      batch.forEach(waiting -> waiting.result.completeExceptionally(failed));
      return;
    }
    answers.forEach(Runnable::run);
  }

  /** Commits without those that need a row which somebody has locked; these take a detour. */
  private void divide(List<Waiting<?>> batch, RuntimeException lockTimeout) {
    Touched locked;
    try {
      locked = transactions.locked(all(batch));
    } catch (RuntimeException e) {
      batch.forEach(waiting -> waiting.result.completeExceptionally(e));
      return;
    }
    Map<Boolean, List<Waiting<?>>> divided =
        batch.stream()
            .collect(Collectors.partitioningBy(waiting -> locked.overlaps(waiting.touched)));
    List<Waiting<?>> blocked = divided.getOrDefault(true, List.of());
    List<Waiting<?>> others = divided.getOrDefault(false, List.of());
    blocked.forEach(waiting -> waiting.result.completeExceptionally(lockTimeout));
    if (blocked.isEmpty()) {
      int half = others.size() / 2;
      commit(others.subList(0, half), LockWaits.NEXT);
      commit(others.subList(half, others.size()), LockWaits.NEXT);
    } else if (!others.isEmpty()) {
      commit(others, LockWaits.NEXT);
    }
  }

  private static Touched all(List<Waiting<?>> batch) {
    return batch.stream().map(waiting -> waiting.touched).reduce(Touched::and).orElseThrow();
  }

  private List<Runnable> make(List<Waiting<?>> batch, Duration lockWait) {
    database.limitLockWait(lockWait);
    TaskChanges changes = transactions.begin(all(batch));
    List<Runnable> answers = new ArrayList<>(batch.size());
    for (Waiting<?> waiting : batch) {
      answers.add(waiting.make(changes));
    }
    changes.flush();
    return answers;
  }
}
