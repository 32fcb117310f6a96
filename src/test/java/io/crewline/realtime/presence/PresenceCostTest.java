package io.crewline.realtime.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.realtime.CloseReason;
import io.crewline.realtime.Encoding;
import io.crewline.realtime.EphemeralEvent;
import io.crewline.realtime.Frame;
import io.crewline.realtime.Notice;
import io.crewline.realtime.Reply;
import io.crewline.realtime.Session;
import io.crewline.realtime.Sessions;
import io.crewline.realtime.Subscription;
import io.crewline.realtime.Subscriptions;
import io.crewline.realtime.TopicHub;
import io.crewline.realtime.Transport;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a change of presence costs those whom it does not concern: nothing. */
final class PresenceCostTest {
  private static final int BYSTANDERS = 50;

  @Test
  void sessionsThatAChangeDoesNotConcernAreNotLookedAt() {
    ExecutorService loop = Executors.newSingleThreadExecutor();
    try (Crewline node = TestNode.start()) {
      Person dave = Person.member(node, "dave");
      Person ada = Person.member(node, "ada");
      dave.post("/api/rooms", "{\"id\":\"shared\",\"members\":[\"ada\"]}");
      dave.post("/api/rooms", "{\"id\":\"elsewhere\"}");
      AtomicInteger looked = new AtomicInteger();
      for (int i = 0; i < BYSTANDERS; i++) {
        watch(node, new Bystander(loop, looked));
      }
      try (SocketClient watcher = SocketClient.connect(node.port(), dave.token())) {
        watcher.call("connect");
        watcher.call("channel.watch", "channel", "messaging:shared");
        looked.set(0);
        try (SocketClient client = SocketClient.connect(node.port(), ada.token())) {
          client.call("connect");
          watcher.await("ada", frame -> isChange(frame.toString(), "online=true"));
        }
        watcher.await("ada", frame -> isChange(frame.toString(), "online=false"));
        assertThat(looked).hasValue(0);
      }
    } finally {
      loop.shutdown();
    }
  }

  private static boolean isChange(String frame, String how) {
    return frame.contains("presence.changed") && frame.contains("user:ada") && frame.contains(how);
  }

  private static void watch(Crewline node, Bystander bystander) {
    Session session =
        node.context()
            .getBean(Sessions.class)
            .open(bystander, new Identity("dave", "dave", Role.MEMBER), null);
    Subscription subscription =
        node.context()
            .getBean(Subscriptions.class)
            .open(session, Topic.room("messaging:elsewhere"));
    Position position = node.context().getBean(TopicHub.class).position(subscription);
    subscription.start(position, position);
  }

  /** Somebody in another room, who notes whoever looks at them. */
  private record Bystander(Executor loop, AtomicInteger looked) implements Transport, Encoding {
    @Override
    public Encoding encoding() {
      looked.incrementAndGet();
      return this;
    }

    @Override
    public Frame event(JournalEntry entry) {
      return new Nothing();
    }

    @Override
    public Frame join(List<Frame> events) {
      return new Nothing();
    }

    @Override
    public Frame ephemeral(EphemeralEvent event) {
      return new Nothing();
    }

    @Override
    public Frame notice(Notice notice) {
      return new Nothing();
    }

    @Override
    public Frame reply(String commandId, Reply reply) {
      return new Nothing();
    }

    @Override
    public void write(Frame frame) {}

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

  private record Nothing() implements Frame {
    @Override
    public Frame retain() {
      return this;
    }

    @Override
    public void release() {}
  }
}
