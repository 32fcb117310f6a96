package io.crewline.testing;

import io.crewline.Crewline;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A well-behaved client beside a hostile one: it goes on sending to a room of its own, awaits the
 * reply and the event of each message, and makes REST calls in between. {@link #close} fails when
 * anything was lost, refused, out of order or later than its patience of some seconds.
 */
public final class Bystander implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Person person;
  private final String cid;
  private final SocketClient client;
  private final Thread thread;
  private volatile boolean stopped;
  private volatile @Nullable Throwable failure;
  private long seq;

  private Bystander(Crewline node) {
    String name = "bystander" + COUNT.incrementAndGet();
    this.person = Person.member(node, name);
    this.cid = "messaging:" + name;
    this.client = SocketClient.connect(node.port(), person.token());
    String position = String.valueOf(client.call("channel.watch", "channel", cid).get("position"));
    this.seq = Long.parseLong(position.substring(position.indexOf(':') + 1));
    this.thread = Thread.ofVirtual().name(name).start(this::run);
  }

  /** Begins at once. */
  public static Bystander of(Crewline node) {
    return new Bystander(node);
  }

  private void run() {
    try {
      int sent = 0;
      do {
        talk("message " + sent++);
        LockSupport.parkNanos(PACE_NANOS);
      } while (!stopped);
    } catch (RuntimeException | AssertionError e) {
      failure = e;
    }
  }

  private void talk(String text) {
    Map<String, Object> reply = client.call("sendMessage", "channel", cid, "text", text);
    if (!"ok".equals(reply.get("type"))) {
      throw new AssertionError("refused: " + reply);
    }
    Map<String, Object> event = client.await("message.new");
    seq++;
    if (!Long.toString(seq).equals(String.valueOf(event.get("seq")))
        || !event.toString().contains(text)) {
      throw new AssertionError("as " + seq + " with " + text + " came " + event);
    }
    if (person.get("/api/me").status() != 200) {
      throw new AssertionError("a REST call was refused");
    }
  }

  /** Ends after a last message; fails when it noticed anything. */
  @Override
  public void close() {
    stopped = true;
    try {
      if (!thread.join(java.time.Duration.ofSeconds(40))) {
        throw new AssertionError("a bystander waits for ever");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    Throwable noticed = failure;
    boolean cut = client.isClosed();
    client.close();
    if (noticed != null || cut) {
      throw new AssertionError("a bystander noticed something; cut: " + cut, noticed);
    }
  }
}
