package io.crewline.chaos;

import io.crewline.chaos.Verdict.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages to rooms, to each the next only when the one before is acknowledged, so that the
 * order of its sends is known; and changes some of them. What is not answered, or may be repeated,
 * is sent again under the same {@code clientId}, on the same node or another.
 */
final class Writer extends Client {
  private static final long PATIENCE_MS = 4000;
  private static final String LONG_TEXT = "All work and no play makes a dull day. ".repeat(200);

  private final int number;
  private final String token;
  private final List<String> cids;
  private final double perSecond;
  private final Acknowledged acknowledged;
  private final Map<String, Send> open = new LinkedHashMap<>();
  private final List<String> mentioned;
  private final MessageChanges changes;
  private @Nullable Link current;
  private boolean welcomed;
  private long sends;
  private double due;
  private long lastTick = System.nanoTime();
  private volatile boolean ended;

  private static final class Send {
    final long key;
    final int room;
    final String text;
    int node = -1;
    int attempts;
    long sentAt;
    long retryAt;

    Send(long key, int room, String text) {
      this.key = key;
      this.room = room;
      this.text = text;
    }
  }

  /**
   * @param mentioned whom its messages name now and then
   */
  Writer(
      int number,
      String token,
      List<String> cids,
      List<String> mentioned,
      double perSecond,
      Acknowledged acknowledged,
      Promises promises,
      World world,
      RandomGenerator random) {
    super("writer-" + number, world, random);
    this.number = number;
    this.token = token;
    this.cids = cids;
    this.perSecond = perSecond;
    this.acknowledged = acknowledged;
    this.mentioned = mentioned;
    this.changes = new MessageChanges(promises, random);
  }

  /** Sends nothing new; what is open is still repeated until it is acknowledged. */
  void end() {
    ended = true;
  }

  /** How many sends wait for an acknowledgement. */
  synchronized int open() {
    return open.size() + (changes.isOpen() ? 1 : 0);
  }

  /** The sends that wait, in words. */
  synchronized List<String> openSends() {
    return Stream.concat(
            open.values().stream()
                .map(send -> SendKey.text(send.key) + " to " + cids.get(send.room)),
            changes.isOpen() ? Stream.of(changes.text()) : Stream.of())
        .toList();
  }

  @Override
  synchronized void cut() {
    if (current != null) {
      current.cut();
    }
  }

  @Override
  long session(int node) throws InterruptedException {
    Link link;
    synchronized (this) {
      welcomed = false;
      link = new Link(node, world.cluster().port(node), this::received);
      current = link;
      link.send(Map.of("type", "connect", "id", "connect", "token", token));
    }
    attend(link, () -> work(link));
    return Math.max(0, link.retryAfterMs());
  }

  private synchronized void work(Link link) {
    long now = System.nanoTime();
    double seconds = (now - lastTick) / 1e9;
    lastTick = now;
    if (!welcomed) {
      return;
    }
    long millis = System.currentTimeMillis();
    for (Send send : List.copyOf(open.values())) {
      if (send.sentAt > 0 && millis - send.sentAt > PATIENCE_MS) {
        world.connections().note(name, SendKey.text(send.key) + " is not answered");
        link.cut();
        return;
      }
      if (send.retryAt > 0 && millis >= send.retryAt) {
        write(link, send);
      }
    }
    if (changes.isLate(millis, PATIENCE_MS)) {
      world.connections().note(name, changes.text() + " is not answered");
      link.cut();
      return;
    }
    changes.retryIfDue(link, millis);
    due = Math.min(3, due + seconds * perSecond);
    while (due >= 1 && !ended) {
      due--;
      int room = random.nextInt(cids.size());
      String cid = cids.get(room);
      if (open.values().stream().noneMatch(send -> send.room == room)) {
        long key = SendKey.of(number, ++sends);
        Send send = new Send(key, room, text(cid));
        open.put(SendKey.text(key), send);
        write(link, send);
      }
      if (random.nextInt(8) == 0) {
        changes.begin(link, SendKey.text(SendKey.of(number, ++sends)));
      }
    }
  }

  private String text(String cid) {
    return switch (random.nextInt(10)) {
      case 0, 1 -> LONG_TEXT;
      case 2 -> "message " + sends + " for @" + mentioned.get(random.nextInt(mentioned.size()));
      default -> "message " + sends + " to " + cid;
    };
  }

  private void write(Link link, Send send) {
    send.node = send.attempts++ == 0 ? link.node() : -1;
    send.sentAt = System.currentTimeMillis();
    send.retryAt = 0;
    Map<String, Object> frame = new LinkedHashMap<>();
    frame.put("type", "sendMessage");
    frame.put("id", SendKey.text(send.key));
    frame.put("channel", cids.get(send.room));
    frame.put("text", send.text);
    frame.put("clientId", SendKey.text(send.key));
    link.send(frame);
  }

  private synchronized void received(Link link, Map<String, Object> frame) {
    if (link != current || link.isOver()) {
      return;
    }
    String id = String.valueOf(frame.get("id"));
    switch (String.valueOf(frame.get("type"))) {
      case "connected" -> {
        world.connections().add(name, link.node());
        welcomed = true;
        open.values().forEach(send -> write(link, send));
        changes.again(link);
      }
      case "ok" -> {
        Send send = open.remove(id);
        if (send != null) {
          long message = Link.number(Link.object(frame, "message").get("id"));
          acknowledged.add(send.key, send.room, message, send.node);
          changes.sent("room:" + cids.get(send.room), message);
        } else if (id.equals(MessageChanges.ID)) {
          changes.done();
        }
      }
      case "error" -> refused(link, id, frame);
      case "ping" -> link.send(Map.of("type", "pong"));
      default -> {}
    }
  }

  private void refused(Link link, String id, Map<String, Object> frame) {
    Map<String, Object> error = Link.object(frame, "error");
    boolean retryable = Boolean.TRUE.equals(error.get("retryable"));
    Send send = open.get(id);
    if (send != null) {
      if (!retryable) {
        open.remove(id);
        world.problems().accept(Kind.FAILED_SEND, name + " on node " + link.node() + ": " + frame);
      } else if (random.nextInt(3) == 0) {
        link.cut();
      } else {
        Object after = error.get("retryAfterMs");
        send.sentAt = 0;
        send.retryAt =
            System.currentTimeMillis() + (after instanceof Number ms ? ms.longValue() : 200);
      }
    } else if (id.equals(MessageChanges.ID)) {
      if (retryable) {
        changes.retryAt(System.currentTimeMillis() + 200);
      } else {
        world.problems().accept(Kind.FAILED_SEND, name + ": " + changes.text() + ": " + frame);
        changes.failed();
      }
    } else {
      if (!retryable) {
        problem("was refused: " + frame);
      }
      link.cut();
    }
  }
}
