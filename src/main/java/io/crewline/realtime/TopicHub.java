package io.crewline.realtime;

import io.crewline.journal.EventsCommitted;
import io.crewline.journal.Journal;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.JournalPage;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.journal.TopicState;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.micronaut.context.annotation.Context;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.annotation.PreDestroy;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers events to this node's sessions. Thread-safe.
 *
 * <p>Guarantee: each event of a served topic reaches each of its subscriptions once, in sequence,
 * as long as the journal can be read now and then. Commits of this node and the broadcaster only
 * make it fast: what they lose, repeat or reorder is put right from the journal, after {@value
 * #HOLD_MS} ms when a gap is seen and at the next position check when it is not. Positions are
 * checked about twice a second, broadcaster or not, and at once when it is connected again: also an
 * event that is lost and followed by none is there within a second.
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
  private static final long HOLD_MS = 20;

  /** The longest time between two position checks, which leaves them time to heal in a second. */
  private static final long TICK_MS = 600;

  private static final long RETRY_MS = 250;
  private static final int PAGE = 500;

  /** This part of the heap may hold recent events. */
  private static final int RECENT_SHARE = 16;

  private final Journal journal;
  private final Broadcaster broadcaster;
  private final List<DeliveryListener> listeners;
  private final List<EphemeralListener> ephemeralListeners;
  private final RealtimeMetrics metrics;
  private final CatchUp catchUp;
  private final RecentEvents.Budget recent =
      new RecentEvents.Budget(Runtime.getRuntime().maxMemory() / RECENT_SHARE);
  private final Map<Topic, ServedTopic> topics = new ConcurrentHashMap<>();
  private final LingeringTopics lingering;
  private final Set<Topic> healing = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("hub-timer").factory());

  TopicHub(
      Journal journal,
      Broadcaster broadcaster,
      List<DeliveryListener> listeners,
      List<EphemeralListener> ephemeralListeners,
      RealtimeMetrics metrics,
      Clock clock) {
    this.journal = journal;
    this.broadcaster = broadcaster;
    this.listeners = listeners;
    this.ephemeralListeners = ephemeralListeners;
    this.metrics = metrics;
    this.lingering = new LingeringTopics(clock);
    this.catchUp = new CatchUp(journal, this, metrics);
    metrics.recentEvents(recent);
    broadcaster.start(this::deliverLocally, this::receiveEphemeral, this::checkSoon);
    scheduleTick();
  }

  /**
   * Subscribes a session; the subscription waits for {@link Subscription#start}. Blocks until every
   * event that commits from now on will reach it, so that a snapshot read afterwards and the events
   * after it leave no gap.
   *
   * @param seesAll whether the user sees all of the topic; see {@link TopicAuthorizer#seesAll}
   */
  public Subscription subscribe(Session session, Topic topic, boolean seesAll) {
    Database.requireNoTransaction("a subscription");
    while (true) {
      ServedTopic served =
          topics.computeIfAbsent(topic, t -> new ServedTopic(t, listeners, metrics, recent));
      if (!served.enter()) {
        Thread.onSpinWait();
        continue;
      }
      try {
        begin(served);
        Subscription subscription = new Subscription(session, topic, this, seesAll);
        CompletableFuture<Void> added = new CompletableFuture<>();
        served.group(session.transport().loop()).add(subscription, () -> added.complete(null));
        added.join();
        return subscription;
      } catch (RuntimeException e) {
        leave(served);
        throw e;
      }
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
    ServedTopic served = topics.get(subscription.topic());
    return served == null ? null : served.state();
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

  /** Ends the subscriptions of matching sessions to a topic, each with a notice. */
  public void revoke(Topic topic, Predicate<Session> whose, Notice notice) {
    ServedTopic served = topics.get(topic);
    if (served != null) {
      served.forEachSubscription(
          subscription -> {
            if (whose.test(subscription.session()) && subscription.end()) {
              ended(subscription);
              subscription.session().forget(subscription);
              subscription.session().send(notice);
            }
          });
    }
  }

  @EventListener
  void committed(EventsCommitted event) {
    try {
      metrics.committed(event.entries().size());
      deliverLocally(event.entries());
      broadcaster.broadcast(event.entries());
    } catch (RuntimeException e) {
      LOG.error("Delivery failed; the next position check repeats it", e);
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
          if (served != null && served.accept(ofTopic)) {
            healLater(served, HOLD_MS);
          }
        });
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
      } catch (RuntimeException e) {
        LOG.error("An ephemeral event of {} was not delivered", event.topic(), e);
      }
    }
  }

  /** How many topics this node serves, those included whose last subscriber has just left. */
  public int servedTopics() {
    return topics.size();
  }

  void catchUp(Subscription subscription) {
    catchUp.begin(subscription, topics.get(subscription.topic()));
  }

  /** The client's position no longer fits. On the loop. */
  void reset(Subscription subscription) {
    if (subscription.end()) {
      ended(subscription);
      subscription.session().forget(subscription);
      subscription.session().send(Notice.reset(subscription.topic(), subscription.position()));
      if (subscription.topic().username() != null) {
        // The own topic must be on: it tells what the user may still do. Connecting again reads
        // that afresh and begins at a new position.
        subscription.session().comeBack();
      }
    }
  }

  private void ended(Subscription subscription) {
    ServedTopic served = topics.get(subscription.topic());
    if (served != null) {
      served.group(subscription.session().transport().loop()).remove(subscription);
      leave(served);
    }
  }

  private void leave(ServedTopic served) {
    if (served.leave()) {
      lingering.add(served).forEach(this::close);
    }
  }

  private void close(ServedTopic served) {
    if (served.close()) {
      // Atomic with the computeIfAbsent of the next subscriber, whose subscribe must come after.
      topics.computeIfPresent(
          served.topic(),
          (topic, current) -> {
            if (current != served) {
              return current;
            }
            broadcaster.unsubscribe(topic);
            return null;
          });
    }
  }

  /** Learns where the topic is, unless that is known; the first does it for all who wait. */
  private void begin(ServedTopic served) {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    CompletableFuture<Void> beginning = served.beginning(mine);
    if (beginning != mine) {
      try {
        beginning.join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof RuntimeException cause ? cause : e;
      }
      return;
    }
    try {
      broadcaster.subscribe(served.topic()).toCompletableFuture().join();
      if (served.begin(journal.open(served.topic()))) {
        healLater(served, HOLD_MS);
      }
      mine.complete(null);
    } catch (RuntimeException | Error e) {
      served.notBegun();
      mine.completeExceptionally(e);
      throw e;
    }
  }

  private void healLater(ServedTopic served, long delayMs) {
    if (healing.add(served.topic())) {
      timer.schedule(
          () -> Thread.ofVirtual().name("heal").start(() -> heal(served)),
          delayMs,
          TimeUnit.MILLISECONDS);
    }
  }

  private void heal(ServedTopic served) {
    long delayMs = HOLD_MS;
    try {
      Position position = served.position();
      while (position != null) {
        JournalPage page = journal.readAfter(served.topic(), position, PAGE);
        if (page.reset()) {
          LOG.warn("{} at {} no longer fits the journal: reset", served.topic(), position);
          served.jump(page.head());
          served.forEachSubscription(this::reset);
          break;
        }
        metrics.healed(page.entries().size());
        served.accept(page.entries());
        if (page.reachesHead()) {
          served.dropOtherEpochs();
          break;
        }
        position = served.position();
      }
    } catch (ApiException e) {
      delayMs = RETRY_MS;
      LOG.debug("Healing {} waits for the database: {}", served.topic(), e.detail());
    } catch (RuntimeException e) {
      delayMs = RETRY_MS;
      LOG.error("Healing {} failed", served.topic(), e);
    } finally {
      healing.remove(served.topic());
    }
    // Asked again after the mark is gone: an event that came meanwhile found the mark set.
    if (served.hasGap()) {
      healLater(served, delayMs);
    }
  }

  private void scheduleTick() {
    long jitter = ThreadLocalRandom.current().nextLong(TICK_MS / 4);
    timer.schedule(
        () -> Thread.ofVirtual().name("position-check").start(this::tick),
        TICK_MS - jitter,
        TimeUnit.MILLISECONDS);
  }

  private void tick() {
    try {
      lingering.over().forEach(this::close);
      topics.values().forEach(ServedTopic::tellPositions);
      check();
    } finally {
      if (!timer.isShutdown()) {
        scheduleTick();
      }
    }
  }

  private void checkSoon() {
    Thread.ofVirtual().name("position-check").start(this::check);
  }

  /** Compares the heads of all served topics with the journal, in one query. */
  private void check() {
    try {
      if (!topics.isEmpty()) {
        Map<Topic, TopicState> states = journal.states(List.copyOf(topics.keySet()));
        states.forEach(
            (topic, state) -> {
              ServedTopic served = topics.get(topic);
              Position position = served == null ? null : served.position();
              if (served != null && position != null) {
                served.retained(state);
                if (isBehind(position, state.head())) {
                  healLater(served, HOLD_MS);
                }
              }
            });
      }
    } catch (ApiException e) {
      LOG.debug("The position check waits for the database: {}", e.detail());
    } catch (RuntimeException e) {
      LOG.error("The position check failed", e);
    }
  }

  private static boolean isBehind(Position position, Position head) {
    return !position.epoch().equals(head.epoch()) || position.seq() < head.seq();
  }

  @PreDestroy
  void stop() {
    timer.shutdownNow();
  }
}
