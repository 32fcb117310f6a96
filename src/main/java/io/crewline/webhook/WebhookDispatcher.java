package io.crewline.webhook;

import io.crewline.journal.EventsCommitted;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Settings;
import io.crewline.platform.Watchdog;
import io.micronaut.context.annotation.Context;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the calls. Runs on every node; one thread takes due deliveries under a lease and writes
 * what became of them, many at a time in one transaction, and each call has a virtual thread of its
 * own.
 *
 * <p>At least once: a delivery is finished when its result is committed. When a node dies in
 * between, the lease ends and another node attempts it again; the receiver knows it by its id.
 *
 * <p>A webhook has at most {@value #AT_ONCE} calls open from one node, and no limit is shared, so
 * one that hangs takes nothing from another. Webhooks are few ({@link WebhookService#MOST}), which
 * bounds the whole.
 */
@Context
final class WebhookDispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookDispatcher.class);
  private static final long AT_ONCE = 8;
  private static final long POLL_MS = 500;
  private static final long FAREWELL_MS = 2000;

  /** For writing the result of an attempt that took all of its time. */
  private static final Duration SPARE = Duration.ofSeconds(30);

  private final Database database;
  private final ActiveWebhooks active;
  private final DeliveryRepository deliveries;
  private final WebhookResults results;
  private final WebhookCall call;
  private final Clock clock;
  private final Watchdog.Watch watch;
  private final Duration timeout;
  private final Thread thread = Thread.ofVirtual().name("webhooks").unstarted(this::run);
  private final Semaphore wake = new Semaphore(0);
  private final OpenCalls open = new OpenCalls();
  private volatile boolean stopping;

  // Belongs to the thread.
  private final List<Attempt> unwritten = new ArrayList<>();

  WebhookDispatcher(
      Database database,
      ActiveWebhooks active,
      DeliveryRepository deliveries,
      WebhookResults results,
      WebhookCall call,
      Settings settings,
      Clock clock,
      Watchdog watchdog) {
    this.database = database;
    this.active = active;
    this.deliveries = deliveries;
    this.results = results;
    this.call = call;
    this.timeout = settings.webhooks().timeout();
    this.clock = clock;
    this.watch = watchdog.watch("webhooks");
  }

  @PostConstruct
  void start() {
    thread.start();
  }

  @EventListener
  void committed(EventsCommitted committed) {
    if (active.any()) {
      wake.release();
    }
  }

  /** Looks for work at once instead of at the next poll. */
  void wake() {
    wake.release();
  }

  private void run() {
    try {
      while (!stopping) {
        tickSafely();
        if (wake.tryAcquire(POLL_MS, TimeUnit.MILLISECONDS)) {
          wake.drainPermits();
        }
      }
      open.awaitNone(FAREWELL_MS);
      tickSafely();
    } catch (InterruptedException e) {
      // stopped
    } finally {
      watch.rest();
    }
    open.abandon();
  }

  private void tickSafely() {
    watch.beat();
    try {
      open.interruptOlderThan(timeout);
      tick();
    } catch (ApiException e) {
      LOG.debug("Webhooks wait for the database: {}", e.detail());
    } catch (RuntimeException | Error e) {
      LOG.error("Webhooks were not attended to", e);
    }
  }

  private void tick() {
    open.drainTo(unwritten);
    if (!unwritten.isEmpty()) {
      results.write(unwritten);
      unwritten.clear();
    }
    Map<Long, Webhook> webhooks = new HashMap<>();
    Map<Long, Long> free = new HashMap<>();
    if (!stopping) {
      for (Webhook webhook : active.refresh()) {
        webhooks.put(webhook.id(), webhook);
        long room = AT_ONCE - open.of(webhook.id());
        if (room > 0) {
          free.put(webhook.id(), room);
        }
      }
    }
    if (!free.isEmpty()) {
      Instant now = clock.instant();
      Instant leaseUntil = now.plus(timeout).plus(SPARE);
      for (ClaimedDelivery claimed :
          database.transaction(() -> deliveries.claim(free, now, leaseUntil))) {
        Webhook webhook = webhooks.get(claimed.webhookId());
        if (webhook != null) {
          open.start(webhook.id(), () -> call.make(webhook, claimed), wake::release);
        }
      }
    }
  }

  /** Lets open calls end for a moment; what is left is attempted by another node. */
  @PreDestroy
  void close() {
    stopping = true;
    wake.release();
    try {
      thread.join(Duration.ofMillis(FAREWELL_MS + POLL_MS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends as a node does that dies: no result is written, no lease given back. For tests. */
  void die() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }
}
