package io.crewline.realtime;

import io.crewline.Crewline;
import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client of a hub, without a protocol: what is written to it is a list of words, such as {@code
 * event 3}, {@code reset}, {@code close 1012}. Its settings may be changed at any time.
 */
final class HubClient implements Transport, Encoding {
  final Queue<String> written = new ConcurrentLinkedQueue<>();
  final Session session;
  volatile boolean writable = true;

  /** Thrown by the next write of an event with this number. */
  volatile long failsAt;

  private final Executor loop;
  private @Nullable CloseReason closed;

  private record Words(List<String> words) implements Frame {
    @Override
    public Frame retain() {
      return this;
    }

    @Override
    public void release() {}
  }

  HubClient(Crewline node, Executor loop) {
    this.loop = loop;
    this.session = new Session("client", this, node.context().getBean(CommandDispatcher.class));
    session.login(null, new Session.Login(new Identity("ada", "Ada", Role.MEMBER), null));
  }

  /** Subscribes and starts at once at the hub's position. */
  Subscription watch(TopicHub hub, Topic topic) {
    Subscription subscription = hub.subscribe(session, topic, true);
    session.remember(subscription);
    Position position = hub.position(subscription);
    subscription.start(position, position);
    return subscription;
  }

  /** What was written, once the loop has done everything that it was given before. */
  List<String> written() {
    settle();
    return List.copyOf(written);
  }

  /** Waits until the loop has done everything that it was given before. */
  void settle() {
    CountDownLatch idle = new CountDownLatch(1);
    // Twice: what runs may give the loop something more.
    loop.execute(() -> loop.execute(() -> loop.execute(idle::countDown)));
    try {
      if (!idle.await(10, TimeUnit.SECONDS)) {
        throw new AssertionError("the loop stands still");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
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
    return new Words(List.of("event " + entry.seq()));
  }

  @Override
  public Frame join(List<Frame> events) {
    return new Words(events.stream().flatMap(event -> ((Words) event).words().stream()).toList());
  }

  @Override
  public Frame ephemeral(EphemeralEvent event) {
    return new Words(List.of(event.type()));
  }

  @Override
  public Frame notice(Notice notice) {
    return new Words(List.of(notice.type()));
  }

  @Override
  public Frame reply(String commandId, Reply reply) {
    return new Words(List.of(reply.type()));
  }

  @Override
  public void write(Frame frame) {
    List<String> words = ((Words) frame).words();
    if (failsAt > 0 && words.contains("event " + failsAt)) {
      failsAt = 0;
      throw new OutOfMemoryError("on purpose");
    }
    if (closed == null) {
      written.addAll(words);
    }
  }

  @Override
  public void flush() {}

  @Override
  public boolean isOpen() {
    return closed == null;
  }

  @Override
  public boolean isWritable() {
    return writable;
  }

  @Override
  public void setReading(boolean reading) {}

  @Override
  public synchronized void close(CloseReason reason) {
    if (closed == null) {
      closed = reason;
      written.add("close " + reason.code());
    }
  }

  @Override
  public String remoteAddress() {
    return "127.0.0.1";
  }

  @Override
  public String protocol() {
    return "test";
  }
}
