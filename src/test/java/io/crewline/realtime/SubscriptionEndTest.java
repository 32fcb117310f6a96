package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.journal.Journal;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.Watchdog;
import io.crewline.realtime.memory.InMemoryBroadcaster;
import io.crewline.realtime.memory.InMemoryBus;
import io.crewline.testing.Events;
import io.crewline.testing.TestNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * How a subscription ends that somebody else ends: when it is waiting for its start, and when the
 * topic begins a new life at the same time. A hub of its own on a real journal.
 */
final class SubscriptionEndTest {
  private static final Crewline NODE = TestNode.start();
  private static final AtomicInteger ROOMS = new AtomicInteger();

  private final Journal journal = NODE.context().getBean(Journal.class);
  private final Events events = new Events(NODE);
  private final Topic room = Topic.room("messaging:ending-" + ROOMS.incrementAndGet());
  private final TopicHub hub =
      new TopicHub(
          journal,
          new InMemoryBroadcaster(new InMemoryBus()),
          List.of(),
          List.of(),
          new RealtimeMetrics(new SimpleMeterRegistry(), Clock.systemUTC()),
          Clock.systemUTC(),
          NODE.context().getBean(Watchdog.class));
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

  private Subscription open() {
    Subscription subscription = hub.subscribe(client.session, room, true);
    client.session.remember(subscription);
    return subscription;
  }

  /** Begins a new life of the room and waits until the hub knows. */
  private Position beginAnew(Subscription subscription) {
    journal.begin(room);
    Position head = journal.head(room);
    await().until(() -> hub.position(subscription).epoch().equals(head.epoch()));
    client.settle();
    return head;
  }

  private void awaitWritten(String... words) {
    await().untilAsserted(() -> assertThat(client.written()).containsExactly(words));
  }

  @Test
  void whoWaitsIsToldOfItsEndAfterTheReplyAndOnce() {
    Subscription subscription = open();
    Position position = hub.position(subscription);

    hub.revoke(room, session -> true, Notice.removed(room));
    hub.revoke(room, session -> true, Notice.removed(room));
    client.settle();
    client.session.send(new Notice("initialized", java.util.Map.of()));
    subscription.start(position, position);

    assertThat(client.written()).containsExactly("initialized", "removed");
    assertThat(client.session.subscriptions()).isEmpty();
    events.commit(room, 1, 1, "unseen");
    await().until(() -> hub.servedTopics() == 1);
    assertThat(client.written()).containsExactly("initialized", "removed");
  }

  @Test
  void whoStartsInTheNewEpochIsLiveWithoutAReset() {
    Subscription subscription = open();
    Position head = beginAnew(subscription);

    subscription.start(head, head);
    events.commit(room, 1, 2, "seen");

    awaitWritten("event " + (head.seq() + 1), "event " + (head.seq() + 2));
  }

  @Test
  void whoStartsInTheEpochThatIsOverIsResetOnceAfterTheReply() {
    Subscription subscription = open();
    Position before = hub.position(subscription);
    beginAnew(subscription);

    client.session.send(new Notice("initialized", java.util.Map.of()));
    subscription.start(before, before);
    events.commit(room, 1, 1, "unseen");

    awaitWritten("initialized", "reset");
    assertThat(client.session.subscriptions()).isEmpty();
  }

  @Test
  void whoStartsInAnEpochThatTheHubDoesNotKnowYetIsLiveWhenItDoes() {
    Subscription subscription = open();
    events.commit(room, 1, 3, "of the life before");
    journal.begin(room);
    Position head = journal.head(room);
    events.commit(room, 4, 1, "after the snapshot");

    subscription.start(head, head);
    events.commit(room, 5, 1, "later");

    awaitWritten("event " + (head.seq() + 1), "event " + (head.seq() + 2));
  }

  @Test
  void whoWatchesTheOldEpochIsResetOnceAndGetsNothingOfTheNewOne() {
    Subscription subscription = client.watch(hub, room);
    events.commit(room, 1, 1, "seen");
    Position last = journal.head(room);
    awaitWritten("event " + last.seq());

    journal.begin(room);
    events.commit(room, 2, 3, "unseen");

    awaitWritten("event " + last.seq(), "reset");
    Subscription again = client.watch(hub, room);
    assertThat(again).isNotSameAs(subscription);
    Position head = journal.head(room);
    events.commit(room, 5, 1, "seen again");
    awaitWritten("event " + last.seq(), "reset", "event " + (head.seq() + 1));
  }
}
