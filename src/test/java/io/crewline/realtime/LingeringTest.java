package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.journal.Journal;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.Watchdog;
import io.crewline.realtime.memory.InMemoryBroadcaster;
import io.crewline.realtime.memory.InMemoryBus;
import io.crewline.testing.SettableClock;
import io.crewline.testing.TestNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A hub of its own, on a real journal and with a clock that the test sets. */
final class LingeringTest {
  private static final Topic ROOM = Topic.room("messaging:lingering");
  private static final Duration MOMENT = Duration.ofMillis(1);

  private static final Crewline NODE = TestNode.start();

  private final SettableClock clock = new SettableClock();
  private final RealtimeMetrics metrics = new RealtimeMetrics(new SimpleMeterRegistry(), clock);
  private final InMemoryBus bus = new InMemoryBus();
  private final Broadcaster elsewhere = new InMemoryBroadcaster(bus);
  private final TopicHub hub =
      new TopicHub(
          NODE.context().getBean(Journal.class),
          new InMemoryBroadcaster(bus),
          List.of(),
          List.of(),
          metrics,
          clock,
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

  private record Written(List<Long> seqs) implements Frame {
    @Override
    public Frame retain() {
      return this;
    }

    @Override
    public void release() {}
  }

  /** A client that takes everything at once. */
  private final class Client implements Transport, Encoding {
    private final Queue<Long> seqs = new ConcurrentLinkedQueue<>();
    private final Session session =
        new Session("client", this, NODE.context().getBean(CommandDispatcher.class));

    Client() {
      session.login(null, new Session.Login(new Identity("ada", "Ada", Role.MEMBER), null));
    }

    Subscription watch(Topic topic) {
      Subscription subscription = hub.subscribe(session, topic, true);
      Position position = hub.position(subscription);
      subscription.start(position, position);
      return subscription;
    }

    void leave(Subscription subscription) throws Exception {
      hub.unsubscribe(subscription);
      loop.submit(() -> {}).get(5, TimeUnit.SECONDS);
    }

    @Override
    public Executor loop() {
      return loop;
    }

    @Override
    public Encoding encoding() {
      return this;
    }

    @Override
    public Frame event(JournalEntry entry) {
      return new Written(List.of(entry.seq()));
    }

    @Override
    public Frame join(List<Frame> events) {
      return new Written(
          events.stream().flatMap(event -> ((Written) event).seqs().stream()).toList());
    }

    @Override
    public Frame ephemeral(EphemeralEvent event) {
      throw new AssertionError(event);
    }

    @Override
    public Frame notice(Notice notice) {
      throw new AssertionError(notice);
    }

    @Override
    public Frame reply(String commandId, Reply reply) {
      throw new AssertionError(reply);
    }

    @Override
    public void write(Frame frame) {
      seqs.addAll(((Written) frame).seqs());
    }

    @Override
    public void flush() {}

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public boolean isWritable() {
      return true;
    }

    @Override
    public void setReading(boolean reading) {}

    @Override
    public void close(CloseReason reason) {}

    @Override
    public String remoteAddress() {
      return "127.0.0.1";
    }

    @Override
    public String protocol() {
      return "test";
    }
  }

  private static JournalEntry entry(Position before, int offset) {
    return new JournalEntry(
        ROOM, before.epoch(), before.seq() + offset, "noted", Instant.EPOCH, "{}");
  }

  @Test
  void aTopicIsClosedOnlyAfterItHasLingered() throws Exception {
    Client client = new Client();
    client.leave(client.watch(ROOM));
    clock.add(LingeringTopics.LINGER.minus(MOMENT));
    // Another one that leaves lets the hub look.
    client.leave(client.watch(Topic.TASKS));
    assertThat(hub.servedTopics()).isEqualTo(2);
    clock.add(MOMENT);
    await().untilAsserted(() -> assertThat(hub.servedTopics()).isEqualTo(1));
    clock.add(LingeringTopics.LINGER);
    await().untilAsserted(() -> assertThat(hub.servedTopics()).isZero());
  }

  @Test
  void aTopicThatIsWatchedAgainStaysUntilItIsLeftAgain() throws Exception {
    Client client = new Client();
    client.leave(client.watch(ROOM));
    clock.add(LingeringTopics.LINGER.minus(MOMENT));
    Subscription again = client.watch(ROOM);
    clock.add(LingeringTopics.LINGER);
    // One more topic, whose end shows that the hub has looked.
    client.leave(client.watch(Topic.TASKS));
    clock.add(LingeringTopics.LINGER);
    await().untilAsserted(() -> assertThat(hub.servedTopics()).isEqualTo(1));
    elsewhere.broadcast(List.of(entry(hub.position(again), 1)));
    await().untilAsserted(() -> assertThat(client.seqs).hasSize(1));
    client.leave(again);
    assertThat(hub.servedTopics()).isEqualTo(1);
    clock.add(LingeringTopics.LINGER);
    await().untilAsserted(() -> assertThat(hub.servedTopics()).isZero());
  }

  @Test
  void eventsMoveThePositionOfATopicThatLingers() throws Exception {
    Client client = new Client();
    Subscription first = client.watch(ROOM);
    Position before = hub.position(first);
    client.leave(first);
    elsewhere.broadcast(List.of(entry(before, 1), entry(before, 2)));
    Subscription again = client.watch(ROOM);
    assertThat(hub.position(again)).isEqualTo(new Position(before.epoch(), before.seq() + 2));
    elsewhere.broadcast(List.of(entry(before, 3)));
    await().untilAsserted(() -> assertThat(client.seqs).containsExactly(before.seq() + 3));
    // The one who was here before resumes from where it was.
    assertThat(hub.resume(again, before)).isNotNull();
  }

  @Test
  void whoComesWhileATopicEndsFindsItServed() throws Exception {
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    int rounds = 300;
    CountDownLatch done = new CountDownLatch(4);
    for (int i = 0; i < 4; i++) {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  Client client = new Client();
                  for (int round = 0; round < rounds; round++) {
                    Subscription subscription = client.watch(ROOM);
                    assertThat(hub.servedTopics()).isPositive();
                    client.leave(subscription);
                    clock.add(LingeringTopics.LINGER);
                  }
                } catch (Throwable e) {
                  failures.add(e);
                } finally {
                  done.countDown();
                }
              });
    }
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(failures).isEmpty();
    Client client = new Client();
    Subscription last = client.watch(ROOM);
    elsewhere.broadcast(List.of(entry(hub.position(last), 1)));
    await().untilAsserted(() -> assertThat(client.seqs).hasSize(1));
    client.leave(last);
    clock.add(LingeringTopics.LINGER);
    await().untilAsserted(() -> assertThat(hub.servedTopics()).isZero());
  }

  @Test
  void ofTooManyTheOldestGoes() {
    LingeringTopics lingering = new LingeringTopics(clock);
    List<ServedTopic> topics = new ArrayList<>();
    for (int i = 0; i <= LingeringTopics.MOST; i++) {
      topics.add(
          new ServedTopic(
              Topic.user("user-" + i), List.of(), metrics, new RecentEvents.Budget(1000)));
    }
    for (int i = 0; i < LingeringTopics.MOST; i++) {
      assertThat(lingering.add(topics.get(i))).isEmpty();
    }
    // Left once more: now the newest.
    assertThat(lingering.add(topics.getFirst())).isEmpty();
    assertThat(lingering.add(topics.getLast())).containsExactly(topics.get(1));
  }
}
