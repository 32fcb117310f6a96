package io.crewline.realtime;

import io.crewline.platform.Draining;
import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Empties a node that is to stop, without losing anything: no new sessions; one session after
 * another gets its last replies, {@code goingAway} and a close with {@link CloseReason#RESTART},
 * spread over the drain time so that the others are not stormed; requests under way are answered.
 *
 * <p>A session's commands are served until its turn comes. One whose replies do not come, because
 * the database hangs, is closed at the end of the drain time all the same, and one that does not
 * read soon after its turn: what was not answered is for the client to repeat.
 */
@Singleton
public final class Drain {
  private static final Logger LOG = LoggerFactory.getLogger(Drain.class);

  /** Few sessions are not kept waiting: a hundred of them are gone in a second. */
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** What the last turns have for their replies, at most; never more than a quarter. */
  private static final long RESERVE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** How long to wait for a client that does not read, or does not answer the goodbye. */
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Sessions sessions;
  private final Draining draining;
  private final long drainNanos;
  private final long delayNanos;
  private final Map<Session, Leave> leaving = new HashMap<>();
  private int told;
  private int cutOff;

  Drain(Sessions sessions, Draining draining, Settings settings) {
    this.sessions = sessions;
    this.draining = draining;
    this.drainNanos = settings.drain().toNanos();
    this.delayNanos = settings.drainDelay().toNanos();
  }

  /** How far a session is on its way out; times of {@link System#nanoTime}, 0 for not yet. */
  private static final class Leave {
    private final long turn = System.nanoTime();
    private long closed;
    private boolean cutOff;
  }

  /**
   * Drains. Returns when everyone is gone and everything answered, at the latest one second after
   * the drain time. To be called once.
   */
  public void run() {
    long start = System.nanoTime();
    int clients = sessions.count();
    long room = drainNanos - delayNanos;
    long window = Math.min(clients * PACE_NANOS, room - Math.min(room / 4, RESERVE_NANOS));
    draining.begin(clients, Duration.ofNanos(delayNanos + window));
    LOG.info("Draining {} sessions", clients);
    while (System.nanoTime() - start < delayNanos) {
      LockSupport.parkNanos(TICK_NANOS);
    }
    long first = System.nanoTime();
    ArrayDeque<Session> waiting = new ArrayDeque<>(sessions.all());
    int all = waiting.size();
    while (System.nanoTime() - start < drainNanos) {
      if (waiting.isEmpty()) {
        // Upgrades that were under way at the beginning have become sessions meanwhile.
        sessions.all().stream().filter(late -> !leaving.containsKey(late)).forEach(waiting::add);
      }
      long due = window == 0 ? all : Math.ceilDiv(all * (System.nanoTime() - first), window);
      while (!waiting.isEmpty() && (told < due || told >= all)) {
        tell(waiting.removeFirst());
      }
      boolean gone = areGone();
      if (gone && waiting.isEmpty() && sessions.count() == 0 && draining.openRequests() == 0) {
        break;
      }
      LockSupport.parkNanos(TICK_NANOS);
    }
    cutOff += endTheRest();
    LOG.info(
        "Drained {} sessions in {} ms; {} were cut off, {} requests were not answered",
        told,
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start),
        cutOff,
        draining.openRequests());
  }

  private void tell(Session session) {
    leaving.put(session, new Leave());
    told++;
    session.goodbye(draining.retryAfterMs());
  }

  /** Whether nobody is left who has been told; sees to those that are stuck. */
  private boolean areGone() {
    boolean gone = true;
    for (Map.Entry<Session, Leave> entry : leaving.entrySet()) {
      gone &= isGone(entry.getKey(), entry.getValue());
    }
    return gone;
  }

  private boolean isGone(Session session, Leave leave) {
    if (!session.transport().isOpen()) {
      return true;
    }
    long now = System.nanoTime();
    if (session.isOpen()) {
      boolean stuck = now - leave.turn > LINGER_NANOS && !session.transport().isWritable();
      if (stuck && !leave.cutOff) {
        leave.cutOff = true;
        cutOff++;
        session.leave(draining.retryAfterMs());
      }
      return false;
    }
    if (leave.closed == 0) {
      leave.closed = now;
    }
    return now - leave.closed > LINGER_NANOS;
  }

  /** The time is up. Returns how many had to be ended. */
  private int endTheRest() {
    List<Session> rest = List.copyOf(sessions.all());
    rest.forEach(session -> session.leave(draining.retryAfterMs()));
    long end = System.nanoTime() + LINGER_NANOS;
    while (rest.stream().anyMatch(session -> session.transport().isOpen())
        && System.nanoTime() < end) {
      LockSupport.parkNanos(TICK_NANOS);
    }
    return rest.size();
  }
}
