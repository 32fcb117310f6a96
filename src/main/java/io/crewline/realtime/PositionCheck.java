package io.crewline.realtime;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.crewline.journal.Journal;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.journal.TopicState;
import io.crewline.platform.ApiException;
import io.crewline.platform.Watchdog;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares now and then where the served topics are with the journal, so that an event that is lost
 * on its way here, and followed by none, is found.
 */
final class PositionCheck {
  private static final Logger LOG = LoggerFactory.getLogger(PositionCheck.class);

  /** The longest time between two checks, which leaves them time to heal in a second. */
  private static final long TICK_MS = 600;

  private final TopicHub hub;
  private final Journal journal;
  private final Healing healing;
  private final ScheduledExecutorService timer;
  private final RandomGenerator random;
  private final Watchdog.Watch watch;

  PositionCheck(
      TopicHub hub,
      Journal journal,
      Healing healing,
      ScheduledExecutorService timer,
      RandomGenerator random,
      Watchdog.Watch watch) {
    this.hub = hub;
    this.journal = journal;
    this.healing = healing;
    this.timer = timer;
    this.random = random;
    this.watch = watch;
  }

  /** Begins to check, for as long as the timer runs. */
  void start() {
    try {
      timer.schedule(this::begin, TICK_MS - random.nextLong(TICK_MS / 4), MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The node stops.
    }
  }

  /** Checks at once, beside the others. */
  void soon() {
    Thread.ofVirtual().name("position-check").start(this::checkAll);
  }

  /** On the timer, which must go on. */
  private void begin() {
    try {
      Thread.ofVirtual().name("position-check").start(this::tick);
    } catch (Throwable e) {
      LOG.error("The position check could not begin", e);
      start();
    }
  }

  private void tick() {
    watch.beat();
    try {
      guarded(hub::closeLingering);
      hub.served().forEach(served -> guarded(served::tick));
      checkAll();
    } finally {
      start();
    }
  }

  /** A database that does not tell which one it is must not keep positions from being checked. */
  private void checkAll() {
    guarded(journal::checkLife);
    guarded(this::check);
  }

  /** What fails is done again by the next tick. */
  private static void guarded(Runnable action) {
    try {
      action.run();
    } catch (ApiException e) {
      LOG.debug("The position check waits for the database: {}", e.detail());
    } catch (Throwable e) {
      LOG.error("The position check failed", e);
    }
  }

  /** Compares the heads of all served topics with the journal, in one query. */
  private void check() {
    Map<Topic, ServedTopic> asked = new HashMap<>();
    // Noted before the heads are read: what was delivered by then they must have.
    Map<Topic, Position> delivered = new HashMap<>();
    hub.served()
        .forEach(
            served -> {
              Position position = served.position();
              if (position != null) {
                asked.put(served.topic(), served);
                delivered.put(served.topic(), position);
              }
            });
    if (asked.isEmpty()) {
      return;
    }
    Map<Topic, TopicState> states = journal.states(asked.keySet());
    asked.forEach(
        (topic, served) -> {
          TopicState state = states.get(topic);
          Position position = served.position();
          if (state != null && position != null) {
            served.retained(state);
            Position before = delivered.get(topic);
            if (isBehind(position, state.head())
                || before != null
                    && before.seq() > state.head().seq()
                    && journal.renewIfBehind(topic, before)) {
              healing.soon(served);
            }
          }
        });
  }

  private static boolean isBehind(Position position, Position head) {
    return !position.epoch().equals(head.epoch()) || position.seq() < head.seq();
  }
}
