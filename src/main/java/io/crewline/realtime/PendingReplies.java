package io.crewline.realtime;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The commands of one session that have been begun and not answered. Their replies are sent in the
 * order in which they were begun, each as soon as it and all before it are there. Thread-safe.
 */
final class PendingReplies {
  private final Session session;
  private final Runnable whenSent;
  private final ArrayDeque<Pending> queue = new ArrayDeque<>();

  /** Whether a thread sends the replies that are there. */
  private boolean sending;

  /** A command that has been begun. Its other fields are null until it ends; one of them is set. */
  static final class Pending {
    private final Command command;
    private @Nullable Reply reply;
    private @Nullable Throwable fault;

    private Pending(Command command) {
      this.command = command;
    }
  }

  /**
   * @param whenSent called after each reply, outside of any lock of this object
   */
  PendingReplies(Session session, Runnable whenSent) {
    this.session = session;
    this.whenSent = whenSent;
  }

  synchronized int size() {
    return queue.size();
  }

  /** Puts a command in line. */
  synchronized Pending add(Command command) {
    Pending pending = new Pending(command);
    queue.addLast(pending);
    return pending;
  }

  /** Waits until at most so many are left. */
  synchronized void awaitAtMost(int left) throws InterruptedException {
    while (queue.size() > left) {
      wait();
    }
  }

  /** Answers a command in its turn: on this thread, or on the one that answers those before it. */
  void complete(Pending pending, Reply reply) {
    synchronized (this) {
      pending.reply = reply;
    }
    sendReady();
  }

  /** Ends the session in the command's turn, because the command has no reply. */
  void fail(Pending pending, Throwable fault) {
    synchronized (this) {
      pending.fault = fault;
    }
    sendReady();
  }

  private void sendReady() {
    Pending next = takeTurn();
    while (next != null) {
      send(next);
      next = sent();
      whenSent.run();
    }
  }

  private synchronized @Nullable Pending takeTurn() {
    return sending ? null : ready();
  }

  /** Takes a reply out of line, now that it has been sent, and turns to the next. */
  private synchronized @Nullable Pending sent() {
    queue.removeFirst();
    notifyAll();
    return ready();
  }

  private @Nullable Pending ready() {
    Pending first = queue.peekFirst();
    sending = first != null && (first.reply != null || first.fault != null);
    return sending ? first : null;
  }

  /** Never throws: neither of the two does. */
  private void send(Pending pending) {
    Reply reply = pending.reply;
    if (reply != null) {
      session.answer(pending.command, reply);
    } else if (pending.fault != null) {
      session.fail("a command", pending.fault);
    }
  }
}
