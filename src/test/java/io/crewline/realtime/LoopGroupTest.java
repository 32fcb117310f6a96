package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.testing.TestNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** A loop that runs when the test says so. */
final class LoopGroupTest {
  private static final Topic TOPIC = Topic.room("messaging:busy");
  private static final Crewline NODE = TestNode.start();

  private final ArrayDeque<Runnable> loop = new ArrayDeque<>();
  private final RealtimeMetrics metrics =
      new RealtimeMetrics(new SimpleMeterRegistry(), Clock.systemUTC());
  private final LoopGroup group = new LoopGroup(loop::add, metrics);
  private final Client client = new Client();

  @AfterAll
  static void stop() {
    NODE.close();
  }

  @Test
  void whatComesWhileTheLoopIsBusyIsWrittenAtOnce() {
    watch(client);

    deliver(1, 1, 10);
    deliver(2, 4, 10);
    deliver(5, 5, 10);
    run();

    assertThat(client.writes).containsExactly(List.of(1L, 2L, 3L, 4L, 5L));
    assertThat(client.flushes).isEqualTo(1);
  }

  @Test
  void anActionTakesEffectBetweenTheEventsBeforeAndAfterIt() {
    watch(client);

    deliver(1, 2, 10);
    group.forEach(Subscription::end);
    deliver(3, 3, 10);
    run();

    assertThat(client.writes).containsExactly(List.of(1L, 2L));
  }

  @Test
  void whatIsLargeIsWrittenPieceByPiece() {
    watch(client);

    deliver(1, 1, 40_000);
    deliver(2, 2, 40_000);
    deliver(3, 3, 10);
    run();

    assertThat(client.writes).containsExactly(List.of(1L), List.of(2L), List.of(3L));
  }

  @Test
  void aClientThatTakesNoMoreIsNotWrittenTheRest() {
    watch(client);
    client.writableFrames = 1;

    deliver(1, 1, 40_000);
    deliver(2, 3, 40_000);
    run();

    assertThat(client.writes).containsExactly(List.of(1L));
  }

  @Test
  void aFailingActionDoesNotStopTheLoop() {
    watch(client);

    group.forEach(
        subscription -> {
          throw new IllegalStateException("on purpose");
        });
    run();
    deliver(1, 1, 10);
    run();

    assertThat(client.writes).containsExactly(List.of(1L));
    assertThat(client.closed).as("whom it concerned").containsExactly(CloseReason.RESTART);
  }

  @Test
  void anErrorDoesNotStopTheLoop() {
    watch(client);

    group.forEach(
        subscription -> {
          throw new OutOfMemoryError("on purpose");
        });
    deliver(1, 1, 10);
    run();
    CompletableFuture<Void> added = new CompletableFuture<>();
    group.add(subscriptionOf(client), added);
    run();

    assertThat(client.writes).containsExactly(List.of(1L));
    assertThat(client.closed).containsExactly(CloseReason.RESTART);
    assertThat(added).isCompleted();
  }

  @Test
  void framesAreReleasedOnceWhenAllLoopsAreDone() {
    watch(client);
    EventBatch shared = new EventBatch(entries(1, 2, 10), 1);
    EventBatch next = new EventBatch(entries(3, 3, 10), 1);

    group.deliver(shared);
    group.deliver(next);
    run();

    assertThat(client.made).hasSize(4).allMatch(frame -> frame.releases == 1);
  }

  private void watch(Client client) {
    // Without a hub: what a client cannot take is not caught up with here.
    Subscription subscription = subscriptionOf(client);
    group.add(subscription, new CompletableFuture<>());
    subscription.start(new Position("e", 0), new Position("e", 0));
    run();
    client.flushes = 0;
  }

  private Subscription subscriptionOf(Client client) {
    ServedTopic served = new ServedTopic(TOPIC, List.of(), metrics, new RecentEvents.Budget(1000));
    Subscription subscription = new Subscription(client.session, served, NODE_HUB, true);
    subscription.offered("e");
    return subscription;
  }

  private static final TopicHub NODE_HUB = NODE.context().getBean(TopicHub.class);

  private void deliver(long from, long to, int size) {
    group.deliver(new EventBatch(entries(from, to, size), 1));
  }

  private static List<JournalEntry> entries(long from, long to, int size) {
    return LongStream.rangeClosed(from, to)
        .mapToObj(
            seq ->
                new JournalEntry(TOPIC, "e", seq, "message.new", Instant.now(), "x".repeat(size)))
        .toList();
  }

  private void run() {
    while (!loop.isEmpty()) {
      loop.removeFirst().run();
    }
  }

  private static final class Written implements Frame {
    final List<Long> seqs;
    int releases;

    Written(List<Long> seqs) {
      this.seqs = seqs;
    }

    @Override
    public Frame retain() {
      throw new AssertionError("nobody keeps frames");
    }

    @Override
    public void release() {
      releases++;
    }
  }

  private final class Client implements Transport, Encoding {
    private final List<List<Long>> writes = new ArrayList<>();
    private final List<Written> made = new ArrayList<>();
    private final Session session =
        new Session("client", this, NODE.context().getBean(CommandDispatcher.class));
    private int writableFrames = Integer.MAX_VALUE;
    private final List<CloseReason> closed = new ArrayList<>();
    private int flushes;

    Client() {
      session.login(null, new Session.Login(new Identity("ada", "Ada", Role.MEMBER), null));
    }

    @Override
    public Executor loop() {
      return loop::add;
    }

    @Override
    public Encoding encoding() {
      return this;
    }

    @Override
    public Frame event(JournalEntry entry) {
      return make(List.of(entry.seq()));
    }

    @Override
    public Frame join(List<Frame> events) {
      return make(events.stream().flatMap(event -> ((Written) event).seqs.stream()).toList());
    }

    private Frame make(List<Long> seqs) {
      Written frame = new Written(seqs);
      made.add(frame);
      return frame;
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
      writes.add(((Written) frame).seqs);
      writableFrames--;
    }

    @Override
    public void flush() {
      flushes++;
    }

    @Override
    public boolean isWritable() {
      return writableFrames > 0;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void setReading(boolean reading) {}

    @Override
    public void close(CloseReason reason) {
      closed.add(reason);
    }

    @Override
    public String remoteAddress() {
      return "nowhere";
    }

    @Override
    public String protocol() {
      return "test";
    }
  }
}
