package io.crewline.webhook;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/** The calls that are being made, each on a virtual thread, and the results that wait. */
final class OpenCalls {
  private final Map<Thread, Call> calls = new ConcurrentHashMap<>();
  private final Queue<Attempt> results = new ConcurrentLinkedQueue<>();

  private record Call(long webhookId, long startedAt) {}

  /** The result is there before the call counts as done. */
  void start(long webhookId, Supplier<Attempt> work, Runnable whenDone) {
    Thread thread =
        Thread.ofVirtual()
            .name("webhook-" + webhookId)
            .unstarted(
                () -> {
                  try {
                    results.add(work.get());
                  } finally {
                    calls.remove(Thread.currentThread());
                    whenDone.run();
                  }
                });
    calls.put(thread, new Call(webhookId, System.nanoTime()));
    thread.start();
  }

  /** How many are open to a webhook. */
  long of(long webhookId) {
    return calls.values().stream().filter(call -> call.webhookId == webhookId).count();
  }

  void drainTo(List<Attempt> list) {
    for (Attempt each = results.poll(); each != null; each = results.poll()) {
      list.add(each);
    }
  }

  /** Ends calls that have had their time, whatever they wait for. */
  void interruptOlderThan(Duration age) {
    long now = System.nanoTime();
    calls.forEach(
        (thread, call) -> {
          if (now - call.startedAt > age.toNanos()) {
            thread.interrupt();
          }
        });
  }

  void awaitNone(long atMostMs) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofMillis(atMostMs).toNanos();
    for (Thread thread : calls.keySet()) {
      long left = end - System.nanoTime();
      if (left <= 0 || !thread.join(Duration.ofNanos(left))) {
        return;
      }
    }
  }

  void abandon() {
    calls.keySet().forEach(Thread::interrupt);
  }
}
