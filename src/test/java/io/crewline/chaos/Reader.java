package io.crewline.chaos;

import io.crewline.chaos.Verdict.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Watches rooms, and its own topic; keeps the position of each and resumes all of them on whatever
 * node answers. Writes down every event.
 */
final class Reader extends Client {
  private final String token;
  private final List<String> cids;
  private final String ownTopic;
  private final Log log;
  private final boolean slow;
  private @Nullable Link current;
  private boolean welcomed;
  private int connection = -1;

  /** Events until it cuts the connection in haste; negative when it does not. */
  private int framesLeft = -1;

  private long nextPause = Long.MAX_VALUE;
  private long asleepUntil;
  private long nextPong;

  /** What a reader has received, by topic. */
  static final class Log {
    private final Map<String, Received> latest = new LinkedHashMap<>();
    private final List<Received> all = new ArrayList<>();
    private final AtomicLong events;

    Log(AtomicLong events) {
      this.events = events;
    }

    synchronized void begin(Received received) {
      latest.put(received.topic, received);
      all.add(received);
    }

    synchronized void end(String topic) {
      latest.remove(topic);
    }

    synchronized @Nullable Received of(String topic) {
      return latest.get(topic);
    }

    /** Writes an event down. Returns false when its topic has no position yet. */
    synchronized boolean add(Map<String, Object> event, int connection) {
      Received received = latest.get(String.valueOf(event.get("topic")));
      if (received == null) {
        return false;
      }
      long messageId = 0;
      long key = SendKey.NONE;
      if ("message.new".equals(event.get("type"))) {
        Map<String, Object> message = Link.object(Link.object(event, "data"), "message");
        messageId = Link.number(message.get("id"));
        key = SendKey.parse(message.get("clientId"));
      }
      received.add(
          String.valueOf(event.get("epoch")),
          Link.number(event.get("seq")),
          messageId,
          key,
          System.currentTimeMillis(),
          connection);
      events.incrementAndGet();
      return true;
    }

    /** What to say to go on, by topic. */
    synchronized Map<String, String> positions() {
      Map<String, String> positions = new LinkedHashMap<>();
      latest.forEach((topic, received) -> positions.put(topic, received.position()));
      return positions;
    }

    synchronized boolean reached(Map<String, Long> heads) {
      return latest.values().stream()
          .allMatch(received -> received.lastSeq() >= heads.getOrDefault(received.topic, 0L));
    }

    synchronized List<Received> all() {
      return List.copyOf(all);
    }
  }

  /**
   * @param slow stops reading for many seconds, again and again
   */
  Reader(
      String name,
      String username,
      String token,
      List<String> cids,
      boolean slow,
      Log log,
      World world,
      RandomGenerator random) {
    super(name, world, random);
    this.token = token;
    this.cids = cids;
    this.ownTopic = "user:" + username;
    this.slow = slow;
    this.log = log;
  }

  Log log() {
    return log;
  }

  /** Whether every topic that it is to watch has a position. */
  boolean watchesAll() {
    return log.positions().size() == cids.size() + 1;
  }

  /** Reads again, and from now on always. */
  synchronized void stayAwake() {
    nextPause = Long.MAX_VALUE;
    Link link = current;
    if (link != null && !link.isReading()) {
      link.reading(true);
    }
    asleepUntil = 0;
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
      Map<String, Object> connect = new LinkedHashMap<>();
      connect.put("type", "connect");
      connect.put("id", "connect");
      connect.put("token", token);
      connect.put("resume", log.positions());
      welcomed = false;
      framesLeft = -1;
      asleepUntil = 0;
      link = new Link(node, world.cluster().port(node), this::received);
      current = link;
      link.send(connect);
    }
    attend(link, () -> work(link));
    return Math.max(0, link.retryAfterMs());
  }

  private synchronized void work(Link link) {
    if (!welcomed) {
      return;
    }
    if (framesLeft >= 0 && random.nextInt(10) == 0) {
      link.cut();
      return;
    }
    if (random.nextInt(500) == 0) {
      String cid = cids.get(random.nextInt(cids.size()));
      link.send(Map.of("type", "markRead", "id", "read", "channel", cid));
    }
    if (slow) {
      pause(link);
    }
  }

  /** While it reads nothing it still shows that it lives. */
  private void pause(Link link) {
    long now = System.currentTimeMillis();
    if (link.isReading()) {
      if (nextPause != Long.MAX_VALUE && now > nextPause) {
        asleepUntil = now + random.nextLong(5_000, 25_000);
        world.connections().note(name, "reads nothing for " + (asleepUntil - now) + " ms");
        link.reading(false);
      }
    } else if (now > asleepUntil) {
      nextPause = now + random.nextLong(1_000, 10_000);
      link.reading(true);
    } else if (now > nextPong) {
      nextPong = now + Cluster.PING_MS / 2;
      link.send(Map.of("type", "pong"));
    }
  }

  private synchronized void received(Link link, Map<String, Object> frame) {
    if (link != current || link.isOver()) {
      return;
    }
    switch (String.valueOf(frame.get("type"))) {
      case "connected" -> connected(link, frame);
      case "initialized" -> begin(frame.get("topic"), frame.get("position"));
      case "ok", "goingAway", "tokenExpiring" -> {}
      case "ping" -> link.send(Map.of("type", "pong"));
      case "error" -> refused(link, frame);
      case "reset" -> {
        reset(String.valueOf(frame.get("topic")), "by a notice");
        link.cut();
      }
      case "removed" -> problem("removed: " + frame);
      default -> event(link, frame);
    }
  }

  private void connected(Link link, Map<String, Object> frame) {
    connection = world.connections().add(name, link.node());
    welcomed = true;
    if (slow && nextPause == Long.MAX_VALUE) {
      nextPause = System.currentTimeMillis() + random.nextLong(1_000, 5_000);
    }
    Map<String, Object> resumed = Link.object(frame, "resumed");
    log.positions()
        .forEach(
            (topic, position) -> {
              Object answer = resumed.get(topic);
              if (!"ok".equals(answer)) {
                reset(topic, position + " on node " + link.node() + " was answered " + answer);
              }
            });
    if (log.of(ownTopic) == null) {
      begin(ownTopic, Link.object(frame, "positions").get(ownTopic));
    }
    for (String cid : cids) {
      if (log.of("room:" + cid) == null) {
        link.send(
            Map.of("type", "channel.watch", "id", "watch " + cid, "channel", cid, "limit", 1));
      }
    }
    if (isHasty()) {
      framesLeft = random.nextInt(8);
    }
  }

  private void begin(@Nullable Object topic, @Nullable Object position) {
    String at = String.valueOf(position);
    int colon = at.indexOf(':');
    log.begin(
        new Received(
            name,
            String.valueOf(topic),
            at.substring(0, colon),
            Long.parseLong(at.substring(colon + 1))));
  }

  private void reset(String topic, String how) {
    world.connections().note(name, "RESET of " + topic + ": " + how);
    world.problems().accept(Kind.RESET, name + " in " + topic + ": " + how);
    log.end(topic);
  }

  private void refused(Link link, Map<String, Object> frame) {
    Map<String, Object> error = Link.object(frame, "error");
    if (!Boolean.TRUE.equals(error.get("retryable"))) {
      problem("was refused: " + frame);
    }
    if (!"read".equals(frame.get("id"))) {
      link.cut();
    }
  }

  private void event(Link link, Map<String, Object> frame) {
    if (frame.get("seq") == null) {
      return;
    }
    if (!log.add(frame, connection)) {
      problem("got an event of a topic without a position: " + frame);
    }
    if (framesLeft >= 0 && framesLeft-- == 0) {
      link.cut();
    }
  }
}
