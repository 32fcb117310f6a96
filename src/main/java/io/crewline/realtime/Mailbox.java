package io.crewline.realtime;

import io.crewline.platform.ApiException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commands of one session, handled one after another in arrival order on a virtual thread that
 * lives while there are any. Bounded: over {@value #HIGH} commands in hand the transport stops
 * reading until {@value #LOW} are left. A client that does not read its replies is not served
 * further until it does.
 */
final class Mailbox {
  private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);
  private static final int HIGH = 128;
  private static final int LOW = 32;
  private static final long PATIENCE_MS = 30_000;

  private final Session session;
  private final CommandDispatcher dispatcher;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private int inHand;
  private boolean running;
  private boolean paused;

  // Belong to the one running thread.
  private CompletableFuture<?> tail = CompletableFuture.completedFuture(null);
  private @Nullable Object tailLane;

  Mailbox(Session session, CommandDispatcher dispatcher) {
    this.session = session;
    this.dispatcher = dispatcher;
  }

  void offer(Command command) {
    execute(() -> handle(command));
  }

  /** Takes a command that is only to be told, in its turn, why it is not handled. */
  void refuse(Command command, ApiException refusal) {
    execute(
        () -> {
          tail.join();
          tailLane = null;
          finish(command, dispatcher.refuse(dispatcher.handler(command, session), refusal));
        });
  }

  /** Runs a task in its turn among the commands; it must call {@link #done} at its end. */
  private void execute(Runnable task) {
    synchronized (this) {
      waiting.addLast(task);
      inHand++;
      if (inHand >= HIGH && !paused) {
        paused = true;
        session.transport().setReading(false);
      }
      if (running) {
        return;
      }
      running = true;
    }
    Thread.ofVirtual().name("mailbox").start(this::run);
  }

  /** Runs something in its turn among the commands. */
  void run(Runnable action) {
    execute(
        () -> {
          try {
            action.run();
          } finally {
            done();
          }
        });
  }

  /** Runs something in its turn, when every command before it has been answered. */
  void runAfterReplies(Runnable action) {
    run(
        () -> {
          tail.join();
          action.run();
        });
  }

  synchronized int depth() {
    return inHand;
  }

  synchronized void clear() {
    inHand -= waiting.size();
    waiting.clear();
  }

  private void run() {
    Runnable task = next();
    while (task != null) {
      try {
        if (session.isOpen() && !session.awaitWritable(PATIENCE_MS)) {
          session.close(CloseReason.TOO_SLOW);
        }
        task.run();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        LOG.error("A command of session {} failed", session, e);
      }
      task = next();
    }
  }

  private void handle(Command command) {
    CommandHandler handler = dispatcher.handler(command, session);
    if (handler instanceof PipelinedCommandHandler pipelined) {
      Object lane = dispatcher.lane(pipelined, command);
      if (lane != null) {
        if (!lane.equals(tailLane)) {
          tail.join();
          tailLane = lane;
        }
        tail =
            dispatcher
                .begin(pipelined, session, command)
                .thenAccept(reply -> finish(command, reply))
                .exceptionally(Mailbox::logged);
        return;
      }
    }
    tail.join();
    tailLane = null;
    finish(command, dispatcher.handle(handler, session, command));
  }

  private static @Nullable Void logged(Throwable failure) {
    LOG.error("A reply could not be sent", failure);
    return null;
  }

  private void finish(Command command, Reply reply) {
    try {
      if (session.isOpen()) {
        session.reply(command, reply);
      }
    } finally {
      done();
    }
  }

  private synchronized @Nullable Runnable next() {
    Runnable task = waiting.pollFirst();
    running = task != null;
    return task;
  }

  private synchronized void done() {
    inHand--;
    if (paused && inHand <= LOW) {
      paused = false;
      session.transport().setReading(true);
    }
  }
}
