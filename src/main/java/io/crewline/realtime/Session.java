package io.crewline.realtime;

import io.crewline.account.Identity;
import io.crewline.account.VerifiedToken;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection. Thread-safe.
 *
 * <p>Guarantees: its commands take effect and are answered in arrival order; what was received
 * before the client said goodbye or was gone is still handled, and before the server ended the
 * connection only as far as it was begun; what is sent to it is written in the order of sending;
 * after {@link #close} nothing more is written.
 */
public final class Session {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);
  private static final long RETURN_MS = 2_000;

  /** Who is on the line, and by which token; null where none is needed. */
  public record Login(Identity identity, @Nullable VerifiedToken token) {
    /** Until when; null where nothing expires. */
    public @Nullable Instant expiresAt() {
      return token == null ? null : token.expiresAt();
    }
  }

  private final String id;
  private final Transport transport;
  private final Mailbox mailbox;
  private final CommandAllowance allowance;
  private final long openedAt = System.nanoTime();
  private final Map<Topic, Subscription> subscriptions = new ConcurrentHashMap<>();
  private final FrameQueue frames;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final AtomicReference<@Nullable Login> login = new AtomicReference<>();
  private volatile long lastSeen = openedAt;
  private volatile boolean open = true;
  private volatile @Nullable CloseReason closeReason;
  private volatile boolean welcomed;
  private volatile boolean expiryAnnounced;
  private volatile long lastPing = openedAt;

  Session(String id, Transport transport, CommandDispatcher dispatcher) {
    this.id = id;
    this.transport = transport;
    this.frames = new FrameQueue(this);
    this.mailbox = new Mailbox(this, dispatcher, dispatcher.threads());
    this.allowance = dispatcher.allowance();
  }

  /** Random, unique, chosen by the server. */
  public String id() {
    return id;
  }

  public Transport transport() {
    return transport;
  }

  /** Takes a command, to be handled after those before it. On the loop, in arrival order. */
  public void receive(Command command) {
    if (command.type().equals("pong")) {
      return;
    }
    ApiException refusal = allowance.take(login.get());
    if (refusal == null) {
      mailbox.offer(command);
    } else {
      refuse(command, refusal);
    }
  }

  /** Takes a command that is over a limit: it is told so in its turn. On the loop. */
  public void refuse(Command command, ApiException refusal) {
    mailbox.refuse(command, refusal);
    if (allowance.isOverForTooLong()) {
      inTurn(() -> close(CloseReason.RATE_LIMITED));
    }
  }

  /** Takes a command that cannot be understood; it counts as one all the same. On the loop. */
  public void receiveFaulty(Command command, ApiException fault) {
    ApiException refusal = allowance.take(login.get());
    refuse(command, refusal == null ? fault : refusal);
  }

  /** Runs something once all that was received before has been answered. */
  public void inTurn(Runnable action) {
    mailbox.run(action);
  }

  /**
   * Notes that the client is alive, or is about to be read from again and has all of the time from
   * now on. Any frame counts.
   */
  public void signOfLife() {
    lastSeen = System.nanoTime();
  }

  /** The login, or null before one. */
  public @Nullable Login login() {
    return login.get();
  }

  /**
   * The user.
   *
   * @throws ApiException UNAUTHENTICATED before {@code connect}, and for the commands in hand of a
   *     session that was closed because its user may not go on
   */
  public Identity identity() {
    Login current = login.get();
    if (current == null) {
      throw ApiException.of(ErrorCode.UNAUTHENTICATED, "send connect with a token first");
    }
    if (closeReason == CloseReason.UNAUTHENTICATED || closeReason == CloseReason.FORBIDDEN) {
      throw ApiException.of(ErrorCode.UNAUTHENTICATED, "this session has ended");
    }
    return current.identity();
  }

  /**
   * Changes the login. Returns false, and changes nothing, if it is no longer {@code before}: what
   * the new one is based on may be older than what somebody else has found out.
   */
  boolean login(@Nullable Login before, Login now) {
    if (!login.compareAndSet(before, now)) {
      return false;
    }
    if (before == null || !Objects.equals(before.expiresAt(), now.expiresAt())) {
      expiryAnnounced = false;
    }
    return true;
  }

  /** Whether the session is set up for its user: the own topic is on. */
  boolean welcomed() {
    return welcomed;
  }

  void welcome() {
    welcomed = true;
  }

  /** Sends a notice. */
  public void send(Notice notice) {
    frames.add(transport.encoding().notice(notice));
  }

  /**
   * Sends the reply to a command, then runs what follows it; a session that is over needs neither.
   * Never throws: a reply that cannot be sent ends the session.
   */
  void answer(Command command, Reply reply) {
    if (!open) {
      return;
    }
    try {
      frames.add(transport.encoding().reply(command.id(), reply));
      reply.after().run();
    } catch (Throwable e) {
      fail("a reply", e);
    }
  }

  /** The subscription to a topic, or null. */
  public @Nullable Subscription subscription(Topic topic) {
    return subscriptions.get(topic);
  }

  public Collection<Subscription> subscriptions() {
    return List.copyOf(subscriptions.values());
  }

  /** Remembers a subscription; returns the one to the same topic that it replaces. */
  @Nullable Subscription remember(Subscription subscription) {
    return subscriptions.put(subscription.topic(), subscription);
  }

  boolean forget(Subscription subscription) {
    return subscriptions.remove(subscription.topic(), subscription);
  }

  public boolean isOpen() {
    return open;
  }

  /** Ends the connection. */
  public void close(CloseReason reason) {
    if (closeReason == null) {
      closeReason = reason;
    }
    transport.close(reason);
  }

  /**
   * Says when to come back and ends the connection, once all that was received before has been
   * answered. What comes later is not answered any more.
   */
  void goodbye(long retryAfterMs) {
    inTurn(() -> leave(retryAfterMs));
  }

  /** The same at once, whatever waits for an answer. */
  void leave(long retryAfterMs) {
    send(Notice.goingAway(retryAfterMs));
    closeBehindFrames(CloseReason.RESTART);
  }

  /** On the loop, too, what has been sent is written first. */
  private void closeBehindFrames(CloseReason reason) {
    boolean queued = false;
    try {
      transport.loop().execute(() -> close(reason));
      queued = true;
    } catch (RejectedExecutionException e) {
      // The node has stopped, and the connection with it.
    } finally {
      if (!queued) {
        close(reason);
      }
    }
  }

  /** Ends the connection of a user who could not be confirmed; who may come back is told when. */
  void close(ApiException refusal) {
    CloseReason reason = CloseReason.of(refusal);
    if (reason == CloseReason.RESTART) {
      comeBack();
    } else {
      close(reason);
    }
  }

  /**
   * Lets the client connect again, soon, and not all at the same time. Closes the connection even
   * when the client cannot be told any more.
   */
  void comeBack() {
    try {
      send(Notice.goingAway(ThreadLocalRandom.current().nextLong(RETURN_MS)));
    } catch (Throwable e) {
      LOG.debug("Session {} could not be told to come back", id, e);
    } finally {
      closeBehindFrames(CloseReason.RESTART);
    }
  }

  /**
   * Ends the connection after a fault of the server, so that the client comes back and resumes
   * instead of waiting for what will not come. Never throws.
   *
   * @param what failed, for the log
   */
  public void fail(String what, Throwable fault) {
    try {
      LOG.error("Session {} comes back: {} failed", this, what, fault);
      comeBack();
    } catch (Throwable e) {
      closeSilently();
    }
  }

  /** There may be no memory for words. */
  void closeSilently() {
    try {
      close(CloseReason.RESTART);
    } catch (Throwable e) {
      LOG.debug("Session {} could not be closed", this, e);
    }
  }

  /** Why the server closed it; null when the client or the network did. */
  public @Nullable CloseReason closeReason() {
    return closeReason;
  }

  /** To be called by the gateway when the transport takes more again, or no longer. */
  public void writabilityChanged() {
    signalChange();
  }

  /**
   * Marks the session as over: its transport is gone, or nothing more is written to it. Commands
   * that wait are dropped if the server has ended it; if the client has gone, they are handled.
   */
  void closed() {
    open = false;
    if (closeReason != null) {
      mailbox.clear();
    }
    signalChange();
  }

  /** Waits until the transport takes more. Returns false when it did not in time, or is closed. */
  boolean awaitWritable(long timeoutMs) throws InterruptedException {
    if (transport.isWritable()) {
      return open;
    }
    long left = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    lock.lock();
    try {
      while (open && !transport.isWritable()) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return open;
    } finally {
      lock.unlock();
    }
  }

  /** Waits a while, less when the session ends. */
  void pause(long ms) throws InterruptedException {
    long left = TimeUnit.MILLISECONDS.toNanos(ms);
    lock.lock();
    try {
      while (open && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  long openNanos() {
    return System.nanoTime() - openedAt;
  }

  /** How long the client has been silent; 0 while it is not read from. */
  long silentNanos() {
    // Asked before the time: whoever begins to read again notes a sign of life first.
    return transport.isReading() ? System.nanoTime() - lastSeen : 0;
  }

  /** Returns true once for each interval in which a ping is due. */
  boolean pingDue(long intervalNanos) {
    long now = System.nanoTime();
    if (now - lastPing < intervalNanos) {
      return false;
    }
    lastPing = now;
    return true;
  }

  /** Returns true once for each login whose end is to be announced. */
  boolean announceExpiry() {
    boolean first = !expiryAnnounced;
    expiryAnnounced = true;
    return first;
  }

  int mailboxDepth() {
    return mailbox.depth();
  }

  private void signalChange() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    Login current = login.get();
    return id + (current == null ? "" : " of " + current.identity().username());
  }
}
