package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.journal.Journal;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.journal.TopicState;
import io.crewline.platform.Watchdog;
import io.crewline.realtime.memory.InMemoryBroadcaster;
import io.crewline.realtime.memory.InMemoryBus;
import io.crewline.testing.Events;
import io.crewline.testing.SettableClock;
import io.crewline.testing.TestNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A hub that hears of some events only, and whose position check never comes. */
final class HealingTest {
  private static final Crewline NODE = TestNode.start();
  private static final AtomicInteger ROOMS = new AtomicInteger();
  private static final long LONGEST_HOLD_MS = 300;

  /** Leaves out what is to happen later than any healing. */
  private static final class ImpatientTimer extends ScheduledThreadPoolExecutor {
    ImpatientTimer() {
      super(1, Thread.ofPlatform().daemon().factory());
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      return unit.toMillis(delay) > LONGEST_HOLD_MS
          ? super.schedule(() -> {}, 1, TimeUnit.DAYS)
          : super.schedule(task, delay, unit);
    }
  }

  private final Journal journal = NODE.context().getBean(Journal.class);
  private final Events events = new Events(NODE);
  private final SettableClock clock = new SettableClock();
  private final RealtimeMetrics metrics = new RealtimeMetrics(new SimpleMeterRegistry(), clock);
  private final Topic room = Topic.room("messaging:healing-" + ROOMS.incrementAndGet());
  private final TopicHub hub =
      hub(new InMemoryBroadcaster(new InMemoryBus()), new ImpatientTimer(), Duration.ofSeconds(30));
  private final ExecutorService loop = Executors.newSingleThreadExecutor();
  private final HubClient client = new HubClient(NODE, loop);

  @AfterAll
  static void stop() {
    NODE.close();
  }

  @AfterEach
  void stopHub() {
    hub.stop();
    loop.shutdown();
  }

  private TopicHub hub(Broadcaster broadcaster, ScheduledExecutorService timer, Duration patience) {
    return new TopicHub(
        journal,
        broadcaster,
        List.of(),
        List.of(),
        metrics,
        clock,
        timer,
        new Random(1),
        patience,
        NODE.context().getBean(Watchdog.class));
  }

  /** Commits events, of which the hub is told the last. */
  private void tellTheLastOf(int count) {
    Position before = journal.head(room);
    events.commit(room, 1, count, "text");
    hub.deliverLocally(List.of(journal.readAfter(room, before, count).entries().getLast()));
  }

  private void awaitWritten(HubClient whom, String... words) {
    await().untilAsserted(() -> assertThat(whom.written()).containsExactly(words));
  }

  @Test
  void aGapIsFilledAtOnce() {
    client.watch(hub, room);

    tellTheLastOf(3);

    awaitWritten(client, "event 1", "event 2", "event 3");
  }

  @Test
  void healingThatStandsStillIsNoticed() {
    Watchdog watchdog = NODE.context().getBean(Watchdog.class);
    CompletableFuture<Void> reached = new CompletableFuture<>();
    CompletableFuture<Void> go = new CompletableFuture<>();
    HubClient blocked =
        new HubClient(
            NODE,
            task -> {
              if (Thread.currentThread().getName().equals("heal")) {
                reached.complete(null);
                go.join();
              }
              loop.execute(task);
            });
    blocked.watch(hub, room);
    try {
      tellTheLastOf(2);
      reached.join();

      watchdog.check(Duration.ofMinutes(5));
      watchdog.check(Duration.ofMinutes(5));
      assertThat(watchdog.stalled()).contains("healing");
    } finally {
      go.complete(null);
    }

    awaitWritten(blocked, "event 1", "event 2");
    await().untilAsserted(() -> assertThat(watchdog.watched()).doesNotContain("healing"));
  }

  @Test
  void theSuccessorOfATopicThatWasClosedWithAGapFillsItsOwn() {
    Subscription subscription = client.watch(hub, room);
    Position head = hub.position(subscription);
    hub.deliverLocally(List.of(entry(head.epoch(), head.seq() + 5)));
    hub.unsubscribe(subscription);
    client.session.forget(subscription);
    client.settle();
    clock.add(LingeringTopics.LINGER.plusSeconds(1));
    hub.closeLingering();
    assertThat(hub.servedTopics()).isZero();

    client.watch(hub, room);
    tellTheLastOf(2);

    awaitWritten(client, "event 1", "event 2");
  }

  @Test
  void aClosedTopicIsNotHealed() {
    ServedTopic served =
        new ServedTopic(room, List.of(), metrics, new RecentEvents.Budget(1_000_000));
    served.enter();
    served.begin(new TopicState(new Position("e", 0), 0));
    assertThat(served.accept(List.of(entry("e", 5)))).isTrue();
    assertThat(served.hasGap()).isTrue();
    served.leave();

    assertThat(served.close()).isTrue();

    assertThat(served.hasGap()).isFalse();
    assertThat(served.claimHealing()).isFalse();
  }

  @Test
  void anErrorEndsTheSessionThatItConcernsAndTheOthersGetEverything() {
    HubClient other = new HubClient(NODE, loop);
    client.watch(hub, room);
    other.watch(hub, room);
    Position before = journal.head(room);
    client.failsAt = before.seq() + 3;
    events.commit(room, 1, 10, "text");

    journal.readAfter(room, before, 10).entries().forEach(each -> deliver(each, other));

    String[] all = new String[10];
    for (int i = 0; i < 10; i++) {
      all[i] = "event " + (before.seq() + 1 + i);
    }
    awaitWritten(other, all);
    awaitWritten(client, all[0], all[1], "goingAway", "close 1012");
    HubClient later = new HubClient(NODE, loop);
    later.watch(hub, room);
    tellTheLastOf(1);
    awaitWritten(later, "event " + (before.seq() + 11));
  }

  @Test
  void anEventThatTheJournalDoesNotHaveIsForgottenAndNeverDelivered() {
    Subscription subscription = client.watch(hub, room);
    Position head = hub.position(subscription);
    hub.deliverLocally(List.of(entry(head.epoch(), head.seq() + 5)));

    await().untilAsserted(() -> assertThat(hub.served()).noneMatch(ServedTopic::hasGap));
    events.commit(room, 1, 4, "text");
    hub.deliverLocally(journal.readAfter(room, head, 4).entries());

    awaitWritten(client, "event 1", "event 2", "event 3", "event 4");
    assertThat(hub.served()).noneMatch(ServedTopic::hasGap);
  }

  @Test
  void aGapThatIsThereWhenATopicBeginsIsFilled() {
    journal.open(room);
    HandTimer timer = new HandTimer();
    AtomicReference<TopicHub> other = new AtomicReference<>();
    Broadcaster early =
        new Early(
            topic -> {
              Position head = journal.head(topic);
              other.get().deliverLocally(List.of(entry(head.epoch(), head.seq() + 2)));
            });
    other.set(hub(early, timer, Duration.ofSeconds(30)));
    client.watch(other.get(), room);

    // Only now is it committed, so that the beginning cannot have seen it.
    events.commit(room, 1, 2, "text");
    timer.run();

    awaitWritten(client, "event 1", "event 2");
    other.get().stop();
  }

  /** Gives out events of a topic as soon as it is subscribed to. */
  private record Early(Consumer<Topic> subscribed) implements Broadcaster {
    @Override
    public void start(
        Consumer<List<JournalEntry>> receiver,
        Consumer<List<EphemeralEvent>> ephemeral,
        Runnable connected) {}

    @Override
    public CompletionStage<Void> subscribe(Topic topic) {
      subscribed.accept(topic);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void unsubscribe(Topic topic) {}

    @Override
    public void broadcast(List<JournalEntry> entries) {}

    @Override
    public void broadcastEphemeral(List<EphemeralEvent> batch) {}

    @Override
    public boolean isConnected() {
      return true;
    }
  }

  @Test
  void aClientThatNeverReadsIsClosedInTime() {
    TopicHub impatient =
        hub(new InMemoryBroadcaster(new InMemoryBus()), new HandTimer(), Duration.ofMillis(200));
    HubClient other = new HubClient(NODE, loop);
    client.watch(impatient, room);
    other.watch(impatient, room);
    client.writable = false;
    Position head = journal.head(room);
    events.commit(room, 1, 1, "text");

    impatient.deliverLocally(journal.readAfter(room, head, 1).entries());

    awaitWritten(client, "close 4508");
    assertThat(other.written()).containsExactly("event 1");
    impatient.stop();
  }

  @Test
  void aClientThatReadsAgainInTimeIsGivenWhatItMissed() {
    client.watch(hub, room);
    client.writable = false;
    Position head = journal.head(room);
    events.commit(room, 1, 3, "text");
    hub.deliverLocally(journal.readAfter(room, head, 3).entries());
    assertThat(client.written()).isEmpty();

    client.writable = true;
    client.session.writabilityChanged();

    awaitWritten(client, "event 1", "event 2", "event 3");
  }

  /** One after another, so that each is a write of its own. */
  private void deliver(JournalEntry entry, HubClient watcher) {
    hub.deliverLocally(List.of(entry));
    watcher.settle();
  }

  private JournalEntry entry(String epoch, long seq) {
    return new JournalEntry(room, epoch, seq, "noted", Instant.EPOCH, "{}");
  }
}
