package io.crewline.realtime;

import io.crewline.platform.ApiException;
import io.crewline.realtime.PendingReplies.Pending;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The commands of one session. They are handled in arrival order, each sees what those before it
 * did, and their replies are sent in the same order. Thread-safe.
 *
 * <p>A command of a {@link PipelinedCommandHandler} is begun without waiting for those before it,
 * so that one client's sends share commits and go to several rooms at once; only its reply waits
 * for theirs. Every other command waits until all before it have been answered.
 *
 * <p>Bounded: over {@value #HIGH} commands in hand the transport stops reading until {@value #LOW}
 * are left. A client that does not read its replies is not served further until it does.
 *
 * <p>What a command throws besides refusals, an {@link Error} included, ends the session ({@link
 * Session#fail}) and nothing else.
 */
final class Mailbox {
  private static final int HIGH = 128;
  private static final int LOW = 32;

  private final Session session;
  private final CommandDispatcher dispatcher;
  private final Executor threads;
  private final PendingReplies replies;
  private final ArrayDeque<Task> waiting = new ArrayDeque<>();
  private boolean running;
  private boolean paused;

  /** Something to be done in its turn. May block. */
  private interface Task {
    void run() throws InterruptedException;
  }

  /**
   * @param threads runs each task on a thread that may block
   */
  Mailbox(Session session, CommandDispatcher dispatcher, Executor threads) {
    this.session = session;
    this.dispatcher = dispatcher;
    this.threads = threads;
    this.replies = new PendingReplies(session, this::readOn);
  }

  void offer(Command command) {
    execute(() -> handle(command));
  }

  /** Takes a command that is only to be told, in its turn, why it is not handled. */
  void refuse(Command command, ApiException refusal) {
    execute(
        () -> {
          replies.awaitAtMost(HIGH - 1);
          Pending pending = replies.add(command);
          replies.complete(pending, dispatcher.refuse(command, refusal));
        });
  }

  /** Runs something in its turn, when every command before it has been answered. */
  void run(Runnable action) {
    execute(
        () -> {
          replies.awaitAtMost(0);
          action.run();
        });
  }

  /** How many commands are in hand. */
  synchronized int depth() {
    return waiting.size() + replies.size() + (running ? 1 : 0);
  }

  /** Drops what has not been begun. */
  void clear() {
    synchronized (this) {
      waiting.clear();
    }
    readOn();
  }

  private void execute(Task task) {
    synchronized (this) {
      waiting.addLast(task);
      if (!paused && depth() >= HIGH) {
        paused = true;
        session.transport().setReading(false);
      }
      if (running) {
        return;
      }
      running = true;
    }
    boolean started = false;
    try {
      threads.execute(this::work);
      started = true;
    } finally {
      if (!started) {
        stopped();
      }
    }
  }

  private void work() {
    boolean ended = false;
    try {
      for (Task task = next(); task != null; task = next()) {
        attempt(task);
      }
      ended = true;
    } finally {
      if (!ended) {
        stopped();
      }
    }
  }

  private synchronized void stopped() {
    running = false;
  }

  private @Nullable Task next() {
    Task task;
    synchronized (this) {
      task = waiting.pollFirst();
      running = task != null;
    }
    readOn();
    return task;
  }

  private void attempt(Task task) {
    try {
      if (session.isOpen()
          && !session.awaitWritable(dispatcher.patience().toMillis())
          && session.isOpen()) {
        session.close(CloseReason.TOO_SLOW);
      }
      task.run();
    } catch (Throwable e) {
      session.fail("a command", e);
    }
  }

  private void handle(Command command) throws InterruptedException {
    CommandHandler handler = dispatcher.handler(command);
    if (handler instanceof PipelinedCommandHandler pipelined && pipelined.mayPipeline(command)) {
      replies.awaitAtMost(HIGH - 1);
      begin(pipelined, command);
    } else {
      replies.awaitAtMost(0);
      session.answer(command, dispatcher.handle(handler, session, command));
    }
  }

  private void begin(PipelinedCommandHandler handler, Command command) {
    Pending pending = replies.add(command);
    try {
      dispatcher
          .begin(handler, session, command)
          .whenComplete(
              (reply, fault) -> {
                if (fault == null) {
                  replies.complete(pending, reply);
                } else {
                  replies.fail(pending, fault);
                }
              });
    } catch (Throwable e) {
      replies.fail(pending, e);
    }
  }

  /** Reads from the client again once enough has been answered. */
  private synchronized void readOn() {
    if (paused && depth() <= LOW) {
      paused = false;
      session.signOfLife();
      session.transport().setReading(true);
    }
  }
}
