package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.journal.Journal;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.Watchdog;
import io.crewline.realtime.memory.InMemoryBroadcaster;
import io.crewline.realtime.memory.InMemoryBus;
import io.crewline.testing.Events;
import io.crewline.testing.TestNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Those who are to read a snapshot anew, each of which costs, are told one after another. */
final class ResetSpreadTest {
  private static final Crewline NODE = TestNode.start();
  private static final AtomicInteger ROOMS = new AtomicInteger();
  private static final int MANY = 60;

  private final Journal journal = NODE.context().getBean(Journal.class);
  private final Events events = new Events(NODE);
  private final HandTimer timer = new HandTimer();
  private final TopicHub hub =
      new TopicHub(
          journal,
          new InMemoryBroadcaster(new InMemoryBus()),
          List.of(),
          List.of(),
          new RealtimeMetrics(new SimpleMeterRegistry(), Clock.systemUTC()),
          Clock.systemUTC(),
          timer,
          new Random(1),
          Duration.ofSeconds(30),
          NODE.context().getBean(Watchdog.class));
  private final ExecutorService loop = Executors.newSingleThreadExecutor();

  @AfterAll
  static void stop() {
    NODE.close();
  }

  @AfterEach
  void stopHub() {
    hub.stop();
    loop.shutdown();
  }

  private static Topic room() {
    return Topic.room("messaging:spread-" + ROOMS.incrementAndGet());
  }

  private List<HubClient> watchers(Topic room, int count) {
    List<HubClient> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      HubClient client = new HubClient(NODE, loop);
      client.watch(hub, room);
      clients.add(client);
    }
    return clients;
  }

  /** Commits an event and tells the hub, too. */
  private JournalEntry commit(Topic room) {
    Position before = journal.head(room);
    events.commit(room, 1, 1, "text");
    List<JournalEntry> committed = journal.readAfter(room, before, 1).entries();
    hub.deliverLocally(committed);
    return committed.getFirst();
  }

  private void assertToldOneAfterAnother(List<HubClient> clients, String... before) {
    clients.forEach(client -> assertThat(client.written()).containsExactly(before));
    List<HandTimer.Task> told = timer.run();
    assertThat(told).hasSize(MANY);
    assertThat(told).allMatch(task -> task.delayMs() <= MANY);
    assertThat(told.stream().map(HandTimer.Task::delayMs).distinct().count())
        .as("different times")
        .isGreaterThan(MANY / 3);
    assertThat(told).anyMatch(task -> task.delayMs() > MANY / 2);
    List<String> after = new ArrayList<>(List.of(before));
    after.add("reset");
    clients.forEach(client -> assertThat(client.written()).isEqualTo(after));
  }

  @Test
  void whoIsResetByAnEventSeesNothingMoreAtOnceAndIsToldOneAfterAnother() {
    Topic room = room();
    List<HubClient> clients = watchers(room, MANY);
    JournalEntry turned = commit(room);

    hub.revoke(turned, session -> true, Notice.reset(room));
    commit(room);
    hub.broadcastEphemeral(
        new EphemeralEvent(room, "typing.start", Clock.systemUTC().instant(), "{}"));

    assertToldOneAfterAnother(clients, "event " + turned.seq());
  }

  @Test
  void whoseRoomsAllBeginAnewIsToldOneAfterAnother() {
    List<HubClient> clients = new ArrayList<>();
    List<Topic> rooms = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      Topic room = room();
      rooms.add(room);
      clients.addAll(watchers(room, 1));
    }
    for (Topic room : rooms) {
      journal.begin(room);
      hub.served().stream().filter(served -> served.topic().equals(room)).forEach(hub::heal);
    }
    timer.run();
    await().untilAsserted(() -> assertThat(hub.served()).allMatch(served -> isAt(served)));

    assertToldOneAfterAnother(clients);
  }

  private boolean isAt(ServedTopic served) {
    return journal.head(served.topic()).equals(served.position());
  }

  @Test
  void whoIsSentAwayIsToldAtOnce() {
    Topic room = room();
    HubClient client = watchers(room, 1).getFirst();
    JournalEntry event = commit(room);

    hub.revoke(event, session -> true, Notice.removed(room));

    assertThat(client.written()).containsExactly("event " + event.seq(), "removed");
  }

  @Test
  void whoWatchesAnewBeforeBeingToldIsNotTold() {
    Topic room = room();
    HubClient client = watchers(room, 1).getFirst();
    JournalEntry turned = commit(room);
    hub.revoke(turned, session -> true, Notice.reset(room));

    client.watch(hub, room);
    timer.run();
    JournalEntry next = commit(room);

    assertThat(client.written()).containsExactly("event " + turned.seq(), "event " + next.seq());
  }
}
