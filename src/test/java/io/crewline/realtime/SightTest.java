package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.journal.Audience;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.JsonText;
import io.crewline.testing.TestNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Who sees what of a topic in which not everybody sees everything; the loop runs by hand. */
final class SightTest {
  private static final Crewline NODE = TestNode.start();
  private static final TopicHub HUB = NODE.context().getBean(TopicHub.class);

  private final ArrayDeque<Runnable> loop = new ArrayDeque<>();
  private final LoopGroup group =
      new LoopGroup(loop::add, new RealtimeMetrics(new SimpleMeterRegistry(), Clock.systemUTC()));
  private final List<Written> made = new ArrayList<>();
  private final Client manager = new Client("boss", true);
  private final Client ada = new Client("ada", false);
  private final Client bob = new Client("bob", false);

  @AfterAll
  static void stop() {
    NODE.close();
  }

  private static JournalEntry entry(long seq, Audience audience) {
    return new JournalEntry(
        Topic.TASKS, "e", seq, "task:updated", Instant.EPOCH, "{\"n\":" + seq + "}", audience);
  }

  private static JournalEntry of(long seq, String... seers) {
    return entry(seq, Audience.of(Set.of(seers)));
  }

  private static JournalEntry moved(long seq, String from, String to) {
    return entry(
        seq,
        Audience.of(Set.of(to))
            .withFarewell(Set.of(from), "task:deleted", new JsonText("{\"gone\":" + seq + "}")));
  }

  @Test
  void everyoneSeesWhatTheEventGrantsThemAndManagersSeeAll() {
    watchAll();

    deliver(of(1, "ada"), of(2, "bob"), of(3), moved(4, "ada", "bob"));

    assertThat(manager.written)
        .containsExactly("task:updated 1", "task:updated 2", "task:updated 3", "task:updated 4");
    assertThat(ada.written).containsExactly("task:updated 1", "task:deleted 4 {\"gone\":4}");
    assertThat(bob.written).containsExactly("task:updated 2", "task:updated 4");
  }

  @Test
  void whatSeveralSeeIsEncodedOnceAndReleased() {
    Client tablet = new Client("ada", false);
    watchAll();
    watch(tablet);

    deliver(of(1, "ada"), moved(2, "ada", "bob"));

    assertThat(tablet.written).isEqualTo(ada.written).hasSize(2);
    assertThat(made).filteredOn(frame -> frame.what.equals("task:updated 1")).hasSize(1);
    assertThat(made).filteredOn(frame -> frame.what.startsWith("task:deleted 2")).hasSize(1);
    assertThat(made).allMatch(frame -> frame.releases == 1);
  }

  @Test
  void withheldEventsAreToldAsAPositionOnceAndOnlyIfTheyAreTheNewest() {
    watchAll();

    deliver(of(1), of(2), of(3, "bob"));
    tellPositions();
    deliver(of(4));
    tellPositions();
    tellPositions();

    assertThat(ada.written).containsExactly("position e:3", "position e:4");
    assertThat(bob.written).containsExactly("task:updated 3", "position e:4");
    assertThat(manager.written).doesNotContain("position e:3", "position e:4");
  }

  @Test
  void positionsAreToldInTurnWithTheEvents() {
    watchAll();

    group.deliver(new EventBatch(List.of(of(1)), 1));
    group.forEach(Subscription::tellPosition);
    group.deliver(new EventBatch(List.of(of(2, "ada")), 1));
    run();

    assertThat(ada.written).containsExactly("position e:1", "task:updated 2");
  }

  @Test
  void whoResumesIsGivenTheirPartOfWhatWasMissedAndToldWhereTheyAre() {
    Subscription subscription = open(ada);
    deliver(of(1, "ada"), of(2, "bob"), moved(3, "ada", "bob"), of(4));

    subscription.start(new Position("e", 0), new Position("e", 4));
    run();

    assertThat(ada.written)
        .containsExactly("task:updated 1", "task:deleted 3 {\"gone\":3}", "position e:4");
  }

  @Test
  void whoseSightChangesIsResetRightThereAndSeesNothingMore() {
    watchAll();

    deliver(of(1, "ada"), entry(2, Audience.changedFor(Set.of("ada"))), of(3, "ada"));

    assertThat(ada.written).containsExactly("task:updated 1", "reset e:2");
    assertThat(manager.written).containsExactly("task:updated 1", "task:updated 3");
    assertThat(ada.session.subscriptions()).isEmpty();
  }

  @Test
  void aChangeOfSightWhileCatchingUpResetsToo() {
    Subscription subscription = open(ada);
    deliver(of(1, "ada"), entry(2, Audience.changedFor(Set.of("ada"))), of(3, "ada"));

    subscription.start(new Position("e", 0), new Position("e", 3));
    run();

    assertThat(ada.written).containsExactly("task:updated 1", "reset e:2");
  }

  @Test
  void whoIsPromotedOrDemotedIsReset() {
    Subscription subscription = open(ada);
    subscription.start(new Position("e", 0), new Position("e", 0));
    deliver(of(1, "ada"));

    subscription.seesAll(true);
    deliver(of(2, "bob"));

    assertThat(ada.written).containsExactly("task:updated 1", "reset e:1");
  }

  @Test
  void aRoleThatChangesBeforeTheStartResetsOnceTheClientKnowsItsPosition() {
    Subscription subscription = open(ada);
    subscription.seesAll(true);
    run();
    assertThat(ada.written).isEmpty();

    subscription.start(new Position("e", 7), new Position("e", 7));
    run();

    assertThat(ada.written).containsExactly("reset e:7");
  }

  private void watchAll() {
    List.of(manager, ada, bob).forEach(this::watch);
  }

  private void watch(Client client) {
    open(client).start(new Position("e", 0), new Position("e", 0));
    run();
  }

  private Subscription open(Client client) {
    ServedTopic served =
        new ServedTopic(
            Topic.TASKS,
            List.of(),
            new RealtimeMetrics(new SimpleMeterRegistry(), Clock.systemUTC()),
            new RecentEvents.Budget(1000));
    Subscription subscription = new Subscription(client.session, served, HUB, client.seesAll);
    subscription.offered("e");
    client.session.remember(subscription);
    group.add(subscription, new CompletableFuture<>());
    run();
    return subscription;
  }

  private void deliver(JournalEntry... entries) {
    group.deliver(new EventBatch(List.of(entries), 1));
    run();
  }

  private void tellPositions() {
    group.forEach(Subscription::tellPosition);
    run();
  }

  private void run() {
    while (!loop.isEmpty()) {
      loop.removeFirst().run();
    }
  }

  private static final class Written implements Frame {
    final String what;
    int releases;

    Written(String what) {
      this.what = what;
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

  /** One protocol for all clients, so that they can share frames. */
  private final Encoding encoding =
      new Encoding() {
        @Override
        public Frame event(JournalEntry entry) {
          boolean farewell = entry.type().equals("task:deleted");
          return make(entry.type() + " " + entry.seq() + (farewell ? " " + entry.data() : ""));
        }

        @Override
        public Frame join(List<Frame> events) {
          return make(String.join("\n", events.stream().map(e -> ((Written) e).what).toList()));
        }

        @Override
        public Frame ephemeral(EphemeralEvent event) {
          throw new AssertionError(event);
        }

        @Override
        public Frame notice(Notice notice) {
          Object position = notice.fields().getOrDefault("position", notice.goOn());
          return make(notice.type() + " " + position);
        }

        @Override
        public Frame reply(String commandId, Reply reply) {
          throw new AssertionError(reply);
        }

        private Frame make(String what) {
          Written frame = new Written(what);
          made.add(frame);
          return frame;
        }
      };

  private final class Client implements Transport {
    private final List<String> written = new ArrayList<>();
    private final Session session =
        new Session("client", this, NODE.context().getBean(CommandDispatcher.class));
    private final boolean seesAll;

    Client(String username, boolean seesAll) {
      this.seesAll = seesAll;
      Role role = seesAll ? Role.MANAGER : Role.MEMBER;
      session.login(null, new Session.Login(new Identity(username, username, role), null));
    }

    @Override
    public Executor loop() {
      return loop::add;
    }

    @Override
    public Encoding encoding() {
      return encoding;
    }

    @Override
    public void write(Frame frame) {
      written.addAll(List.of(((Written) frame).what.split("\n")));
    }

    @Override
    public void flush() {}

    @Override
    public boolean isWritable() {
      return true;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void setReading(boolean reading) {}

    @Override
    public void close(CloseReason reason) {
      throw new AssertionError(reason);
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
