package io.crewline.realtime;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.crewline.journal.EventsCommitted;
import io.crewline.journal.Journal;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.JournalPage;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.journal.TopicState;
import io.crewline.platform.Watchdog;
import io.micronaut.context.annotation.Context;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers events to this node's sessions. Thread-safe.
 *
 * <p>Guarantee: each event of a served topic reaches each of its subscriptions once, in sequence,
 * as long as the journal can be read now and then. Commits of this node and the broadcaster only
 * make it fast: what they lose, repeat or reorder is put right from the journal, after {@value
 * Healing#HOLD_MS} ms when a gap is seen and at the next position check when it is not. Positions
 * are checked about twice a second, broadcaster or not, and at once when it is connected again:
 * also an event that is lost and followed by none is there within a second.
 *
 * <p>A topic that nobody here watches any more is served for another {@link
 * LingeringTopics#LINGER}, as if somebody did: who loses the connection and comes back finds the
 * topic as it was left.
 *
 * <p>Made when the node starts rather than when first needed, so that the broadcaster is connected
 * before the first client is.
 */
@Context
public final class TopicHub {
  private static final Logger LOG = LoggerFactory.getLogger(TopicHub.class);
  private static final long MOST_RESET_MS = 10_000;

  /** This part of the heap may hold recent events. */
  private static final int RECENT_SHARE = 16;

  private final Journal journal;
  private final Broadcaster broadcaster;
  private final List<EphemeralListener> ephemeralListeners;
  private final RealtimeMetrics metrics;
  private final CatchUp catchUp;
  private final ServedTopics topics;
  private final Healing healing;
  private final RandomGenerator random;
  private final ScheduledExecutorService timer;
  private final Watchers watchers = new Watchers();

  /** How many have yet to be told of the end of a subscription. */
  private final AtomicInteger untold = new AtomicInteger();

  @Inject
  TopicHub(
      Journal journal,
      Broadcaster broadcaster,
      List<DeliveryListener> listeners,
      List<EphemeralListener> ephemeralListeners,
      RealtimeMetrics metrics,
      Clock clock,
      Watchdog watchdog) {
    this(
        journal,
        broadcaster,
        listeners,
        ephemeralListeners,
        metrics,
        clock,
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("hub-timer").factory()),
        new Random(),
        CatchUp.PATIENCE,
        watchdog);
  }

  /**
   * A hub whose time and chance come from outside.
   *
   * @param timer belongs to the hub, which shuts it down
   * @param random safe from any thread
   * @param patience how long a client may take nothing
   */
  TopicHub(
      Journal journal,
      Broadcaster broadcaster,
      List<DeliveryListener> listeners,
      List<EphemeralListener> ephemeralListeners,
      RealtimeMetrics metrics,
      Clock clock,
      ScheduledExecutorService timer,
      RandomGenerator random,
      Duration patience,
      Watchdog watchdog) {
    this.journal = journal;
    this.broadcaster = broadcaster;
    this.ephemeralListeners = ephemeralListeners;
    this.metrics = metrics;
    this.timer = timer;
    this.random = random;
    this.catchUp = new CatchUp(journal, this, metrics, patience);
    this.healing = new Healing(journal, metrics, timer, watchdog);
    RecentEvents.Budget recent =
        new RecentEvents.Budget(Runtime.getRuntime().maxMemory() / RECENT_SHARE);
    metrics.recentEvents(recent);
    this.topics =
        new ServedTopics(
            journal,
            broadcaster,
            healing,
            new LingeringTopics(clock),
            name -> new ServedTopic(name, listeners, metrics, recent));
    PositionCheck check =
        new PositionCheck(this, journal, healing, timer, random, watchdog.watch("position check"));
    broadcaster.start(this::deliverLocally, this::receiveEphemeral, check::soon);
    check.start();
  }

  /**
   * Subscribes a session; the subscription waits for {@link Subscription#start}. Blocks until every
   * event that commits from now on will reach it, so that a snapshot read afterwards and the events
   * after it leave no gap.
   *
   * @param seesAll whether the user sees all of the topic; see {@link TopicAuthorizer#seesAll}
   */
  public Subscription subscribe(Session session, Topic topic, boolean seesAll) {
    ServedTopic served = topics.enter(topic);
    try {
      Subscription subscription = new Subscription(session, served, this, seesAll);
      watchers.add(subscription);
      try {
        CompletableFuture<Void> added = new CompletableFuture<>();
        served.add(subscription, added);
        added.join();
      } catch (RuntimeException | Error e) {
        watchers.remove(subscription);
        throw e;
      }
      return subscription;
    } catch (RuntimeException | Error e) {
      topics.leave(served);
      throw e;
    }
  }

  /** The position from which a new subscription misses nothing that commits from now on. */
  public Position position(Subscription subscription) {
    TopicState state = state(subscription);
    return state == null ? journal.open(subscription.topic()).head() : state.head();
  }

  /**
   * The head from which a client who has everything up to {@code after} can be {@linkplain
   * Subscription#start started}; null when it cannot go on there and needs a fresh snapshot. Asks
   * the journal only when this node cannot tell. Blocks.
   */
  public @Nullable Position resume(Subscription subscription, Position after) {
    TopicState known = state(subscription);
    if (known != null && known.continues(after)) {
      return known.head();
    }
    JournalPage page = journal.readAfter(subscription.topic(), after, 0);
    return page.reset() ? null : page.head();
  }

  private @Nullable TopicState state(Subscription subscription) {
    return subscription.served().state();
  }

  /** Ends a subscription. Nothing more is written for it once the session's loop has run. */
  public void unsubscribe(Subscription subscription) {
    subscription
        .session()
        .transport()
        .loop()
        .execute(
            () -> {
              if (subscription.end()) {
                ended(subscription);
              }
            });
  }

  /**
   * Ends the subscriptions of matching sessions to a topic, each with a notice: after its reply for
   * one that is just being made.
   */
  public void revoke(Topic topic, Predicate<Session> whose, Notice notice) {
    revoke(topic, null, whose, notice);
  }

  /**
   * The same because of an event. A subscription whose user was {@linkplain
   * Subscription#startFromSnapshot seen} to have the right after that event goes on.
   */
  public void revoke(JournalEntry event, Predicate<Session> whose, Notice notice) {
    revoke(event.topic(), event.position(), whose, notice);
  }

  private void revoke(
      Topic topic, @Nullable Position event, Predicate<Session> whose, Notice notice) {
    ServedTopic served = topics.get(topic);
    if (served != null) {
      served.forEachSubscription(
          subscription -> {
            if (whose.test(subscription.session())) {
              subscription.revoke(event, notice);
            }
          });
    }
  }

  @EventListener
  void committed(EventsCommitted event) {
    metrics.committed(event.entries().size());
    try {
      deliverLocally(event.entries());
    } catch (Throwable e) {
      LOG.error("Delivery failed; the next position check repeats it", e);
    }
    try {
      broadcaster.broadcast(event.entries());
    } catch (Throwable e) {
      LOG.error("Events were not broadcast; the position checks of the others find them", e);
    }
  }

  /** Delivers events in any order; those of topics that nobody here watches are ignored. */
  public void deliverLocally(List<JournalEntry> entries) {
    Map<Topic, List<JournalEntry>> byTopic = new LinkedHashMap<>();
    for (JournalEntry entry : entries) {
      byTopic.computeIfAbsent(entry.topic(), topic -> new ArrayList<>()).add(entry);
    }
    byTopic.forEach(
        (topic, ofTopic) -> {
          ServedTopic served = topics.get(topic);
          if (served != null) {
            accept(served, ofTopic);
          }
        });
  }

  /** What goes wrong with one topic is put right by its healing and does not stop the others. */
  private void accept(ServedTopic served, List<JournalEntry> entries) {
    boolean gap = true;
    try {
      gap = served.accept(entries);
    } catch (Throwable e) {
      LOG.error("Events of {} were not taken", served.topic(), e);
    }
    if (gap) {
      healing.soon(served);
    }
  }

  /**
   * Tells the sessions that watch the event's topic, on every node. Those that are not live or do
   * not take it at once miss it.
   */
  public void broadcastEphemeral(EphemeralEvent event) {
    deliverEphemeral(event);
    broadcaster.broadcastEphemeral(List.of(event));
  }

  /** As {@link #broadcastEphemeral}, on this node only. */
  public void deliverEphemeral(EphemeralEvent event) {
    ServedTopic served = topics.get(event.topic());
    if (served != null) {
      served.deliver(event);
    }
  }

  /** Writes sessions of this node their events; those that do not take them at once miss them. */
  public void deliverEphemeral(Map<Session, List<EphemeralEvent>> toEach) {
    EphemeralBatch.deliver(toEach, metrics);
  }

  private void receiveEphemeral(List<EphemeralEvent> events) {
    for (EphemeralEvent event : events) {
      try {
        ephemeralListeners.forEach(listener -> listener.received(event));
        deliverEphemeral(event);
      } catch (Throwable e) {
        LOG.error("An ephemeral event of {} was not delivered", event.topic(), e);
      }
    }
  }

  /** Who watches which room here. */
  public Watchers watchers() {
    return watchers;
  }

  /** How many topics this node serves, those included whose last subscriber has just left. */
  public int servedTopics() {
    return topics.size();
  }

  void catchUp(Subscription subscription) {
    catchUp.begin(subscription, subscription.served());
  }

  /** Looks soon whether the journal has more of a topic, or another epoch. */
  void heal(ServedTopic served) {
    healing.soon(served);
  }

  /** The client's position no longer fits. On the loop. */
  void reset(Subscription subscription) {
    end(subscription, Notice.reset(subscription.topic(), subscription.position()));
  }

  /** The same, for all who watch the topic. On the loop. */
  void resetInTime(Subscription subscription) {
    endInTime(subscription, Notice.reset(subscription.topic(), subscription.position()));
  }

  /**
   * Ends a subscription as one of many: nothing more is delivered from now on, and each is told at
   * another time, since each will ask for a new snapshot. Of all whom this node has yet to tell,
   * whatever their topics, it is about one in each millisecond. On the loop.
   */
  void endInTime(Subscription subscription, Notice notice) {
    int watching = subscription.served().subscribers();
    if (!subscription.end()) {
      return;
    }
    ended(subscription);
    long withinMs = Math.min(Math.max(untold.incrementAndGet(), watching), MOST_RESET_MS);
    Executor loop = subscription.session().transport().loop();
    Runnable tell = () -> tell(subscription, notice);
    try {
      timer.schedule(
          () -> {
            untold.decrementAndGet();
            loop.execute(tell);
          },
          random.nextLong(withinMs + 1),
          MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The node stops.
      untold.decrementAndGet();
      tell.run();
    }
  }

  /** Ends a subscription with a notice. On the loop. */
  void end(Subscription subscription, Notice notice) {
    if (subscription.end()) {
      ended(subscription);
      tell(subscription, notice);
    }
  }

  /** Tells of an end, unless the session watches the topic anew or has left it by itself. */
  private void tell(Subscription subscription, Notice notice) {
    Session session = subscription.session();
    try {
      if (session.forget(subscription)) {
        session.send(notice);
        if (notice.isReset() && subscription.topic().username() != null) {
          // The own topic must be on: it tells what the user may still do. Connecting again reads
          // that afresh and begins at a new position.
          session.comeBack();
        }
      }
    } catch (Throwable e) {
      session.fail("telling the end of a subscription", e);
    }
  }

  private void ended(Subscription subscription) {
    ServedTopic served = subscription.served();
    watchers.remove(subscription);
    served.remove(subscription);
    topics.leave(served);
  }

  /** The topics that this node serves. */
  Collection<ServedTopic> served() {
    return topics.all();
  }

  /** Closes the topics that have lingered long enough. */
  void closeLingering() {
    topics.closeLingering();
  }

  @PreDestroy
  void stop() {
    timer.shutdownNow();
  }
}
