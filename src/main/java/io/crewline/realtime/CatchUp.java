package io.crewline.realtime;

import io.crewline.journal.Journal;
import io.crewline.journal.JournalPage;
import io.crewline.journal.Position;
import io.crewline.platform.ApiException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds subscriptions that are behind from the journal, page by page, each at the pace of its
 * client. A client that takes nothing for longer than the patience is closed with {@link
 * CloseReason#TOO_SLOW}. A limited number of pages is read at once, so that a storm of resuming
 * clients leaves database connections for everybody else.
 */
final class CatchUp {
  private static final Logger LOG = LoggerFactory.getLogger(CatchUp.class);
  private static final int PAGE = 200;

  /** A client this far behind what is in memory reads the rest of the way for all the others. */
  private static final int BRIDGE = 1000;

  private static final int READERS = 6;
  static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long RETRY_MS = 250;

  private final Journal journal;
  private final TopicHub hub;
  private final RealtimeMetrics metrics;
  private final Duration patience;
  private final Semaphore readers = new Semaphore(READERS);

  CatchUp(Journal journal, TopicHub hub, RealtimeMetrics metrics, Duration patience) {
    this.journal = journal;
    this.hub = hub;
    this.metrics = metrics;
    this.patience = patience;
  }

  void begin(Subscription subscription, ServedTopic served) {
    Thread.ofVirtual().name("catch-up").start(() -> run(subscription, served));
  }

  private void run(Subscription subscription, ServedTopic served) {
    Session session = subscription.session();
    Executor loop = session.transport().loop();
    try {
      boolean more = true;
      while (more && session.isOpen()) {
        if (!session.awaitWritable(patience.toMillis())) {
          session.close(CloseReason.TOO_SLOW);
          return;
        }
        Position position = CompletableFuture.supplyAsync(() -> orNone(subscription), loop).join();
        if (position == NONE) {
          return;
        }
        JournalPage page = read(served, position);
        if (page == null) {
          session.pause(RETRY_MS);
        } else if (page.reset()) {
          loop.execute(() -> hub.reset(subscription));
          return;
        } else {
          more =
              CompletableFuture.supplyAsync(() -> subscription.backfill(page.entries()), loop)
                  .join();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      session.fail("catching up " + subscription.topic(), e);
    }
  }

  private static final Position NONE = new Position("", 0);

  private static Position orNone(Subscription subscription) {
    Position position = subscription.behind();
    return position == null ? NONE : position;
  }

  /** From memory if possible. Null while the database is away. */
  private @Nullable JournalPage read(ServedTopic served, Position position)
      throws InterruptedException {
    JournalPage recent = served.recent(position, PAGE);
    if (recent == null) {
      readers.acquire();
      try {
        // Another may have read it while this one waited.
        recent = served.recent(position, PAGE);
        if (recent == null) {
          metrics.caughtUp(false);
          return readJournal(served, position);
        }
      } finally {
        readers.release();
      }
    }
    metrics.caughtUp(true);
    return recent;
  }

  private @Nullable JournalPage readJournal(ServedTopic served, Position position) {
    try {
      long missing = served.missing(position);
      int limit = missing > PAGE && missing <= BRIDGE ? (int) missing : PAGE;
      JournalPage page = journal.readAfter(served.topic(), position, limit);
      served.keep(page.entries());
      return page;
    } catch (ApiException e) {
      LOG.debug("Catching up {} waits: {}", served.topic(), e.detail());
      return null;
    }
  }
}
