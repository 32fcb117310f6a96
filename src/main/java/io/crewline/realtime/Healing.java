package io.crewline.realtime;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.crewline.journal.Journal;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.JournalPage;
import io.crewline.journal.Position;
import io.crewline.platform.ApiException;
import io.crewline.platform.Watchdog;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills the gaps of served topics from the journal, each topic by one thread at a time, until there
 * is none or the topic is over. What waits behind a gap and is not in the journal, the second time
 * that it is read to its head, is dropped. Thread-safe.
 */
final class Healing {
  private static final Logger LOG = LoggerFactory.getLogger(Healing.class);

  /** A gap may close by itself: two nodes may overtake each other after commit. */
  static final long HOLD_MS = 20;

  private static final long RETRY_MS = 250;
  private static final int PAGE = 500;

  private final Journal journal;
  private final RealtimeMetrics metrics;
  private final ScheduledExecutorService timer;
  private final Watchdog watchdog;

  Healing(
      Journal journal, RealtimeMetrics metrics, ScheduledExecutorService timer, Watchdog watchdog) {
    this.journal = journal;
    this.metrics = metrics;
    this.timer = timer;
    this.watchdog = watchdog;
  }

  /** Looks in a moment what the journal has that the topic has not, unless that is under way. */
  void soon(ServedTopic served) {
    later(served, HOLD_MS);
  }

  private void later(ServedTopic served, long delayMs) {
    if (served.claimHealing()) {
      try {
        timer.schedule(() -> start(served), delayMs, MILLISECONDS);
      } catch (RejectedExecutionException e) {
        // The node stops.
        served.healed();
      } catch (Throwable e) {
        served.healed();
        throw e;
      }
    }
  }

  /** On the timer, which must go on: the next position check tries again. */
  private void start(ServedTopic served) {
    try {
      Thread.ofVirtual().name("heal").start(() -> run(served));
    } catch (Throwable e) {
      served.healed();
      LOG.error("Healing {} could not begin", served.topic(), e);
    }
  }

  private void run(ServedTopic served) {
    long delayMs = HOLD_MS;
    // One for each topic, of which many may be healed at a time.
    Watchdog.Watch watch = watchdog.watch("healing");
    try {
      heal(served, watch);
      if (served.doubts()) {
        delayMs = RETRY_MS;
      }
    } catch (ApiException e) {
      delayMs = RETRY_MS;
      LOG.debug("Healing {} waits for the database: {}", served.topic(), e.detail());
    } catch (Throwable e) {
      delayMs = RETRY_MS;
      LOG.error("Healing {} failed", served.topic(), e);
    } finally {
      watch.end();
      served.healed();
    }
    // Asked again after the claim is gone: an event that came meanwhile found it claimed.
    if (served.hasGap()) {
      later(served, delayMs);
    }
  }

  private void heal(ServedTopic served, Watchdog.Watch watch) {
    Position position = served.position();
    while (position != null) {
      watch.beat();
      List<JournalEntry> held = served.held();
      JournalPage page = journal.readAfter(served.topic(), position, PAGE);
      if (page.reset()) {
        if (served.jump(position, page.head())) {
          LOG.warn("{} at {} no longer fits the journal: reset", served.topic(), position);
          return;
        }
      } else {
        metrics.healed(page.entries().size());
        served.accept(page.entries());
        if (page.reachesHead()) {
          int unknown = served.compare(page.head(), held);
          if (unknown > 0) {
            metrics.unknown(unknown);
            LOG.warn("{} events of {} are not in the journal: dropped", unknown, served.topic());
          }
          return;
        }
      }
      position = served.position();
    }
  }
}
