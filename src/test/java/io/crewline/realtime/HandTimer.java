package io.crewline.realtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A timer that does what is due in {@value #SHORT_MS} ms at most when a test tells it to, however
 * early that is, and never what is due later: the position check.
 */
final class HandTimer extends ScheduledThreadPoolExecutor {
  static final long SHORT_MS = 300;

  /** What is to be done, and after how long. */
  record Task(long delayMs, Runnable action) {}

  private final Queue<Task> waiting = new ConcurrentLinkedQueue<>();

  HandTimer() {
    super(1, Thread.ofPlatform().daemon().factory());
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable action, long delay, TimeUnit unit) {
    long delayMs = unit.toMillis(delay);
    if (delayMs <= SHORT_MS) {
      waiting.add(new Task(delayMs, action));
    }
    Callable<Void> nothing = () -> null;
    return super.schedule(nothing, 1, TimeUnit.DAYS);
  }

  /** Does all that waits, on this thread; returns what it was. */
  List<Task> run() {
    List<Task> due = new ArrayList<>();
    for (Task task = waiting.poll(); task != null; task = waiting.poll()) {
      due.add(task);
    }
    due.forEach(task -> task.action().run());
    return due;
  }
}
