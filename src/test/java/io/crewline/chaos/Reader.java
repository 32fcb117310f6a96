package io.crewline.chaos;

import io.crewline.chaos.Verdict.Kind;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Watches rooms, tasks and its own topic; keeps the position of each and resumes all of them on
 * whatever node answers. Writes down every event, and says now and then how far it has read.
 */
final class Reader extends Client {
  private static final String READ = "read";

  private final String token;
  private final List<String> cids;
  private final String ownTopic;
  private final ReaderLog log;
  private final String username;
  private final boolean seesAll;
  private final boolean slow;
  private final Promises promises;
  private final Map<String, Long> newest = new HashMap<>();
  private @Nullable Link current;
  private boolean welcomed;
  private boolean settled;
  private int connection = -1;

  /** Events until it cuts the connection in haste; negative when it does not. */
  private int framesLeft = -1;

  private long nextPause = Long.MAX_VALUE;
  private long asleepUntil;
  private long nextPong;

  /**
   * @param seesAll whether it sees the tasks of everybody
   * @param slow stops reading for many seconds, again and again
   */
  Reader(
      String name,
      String username,
      String token,
      List<String> cids,
      boolean seesAll,
      boolean slow,
      ReaderLog log,
      Promises promises,
      World world,
      RandomGenerator random) {
    super(name, world, random);
    this.token = token;
    this.cids = cids;
    this.username = username;
    this.ownTopic = "user:" + username;
    this.seesAll = seesAll;
    this.promises = promises;
    this.slow = slow;
    this.log = log;
  }

  ReaderLog log() {
    return log;
  }

  /** Whether every topic that it is to watch has a position. */
  boolean watchesAll() {
    return log.positions().size() == cids.size() + 2;
  }

  /** Reads again, and from now on always; marks nothing read any more, for nobody would see it. */
  synchronized void settle() {
    settled = true;
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
    if (!settled && random.nextInt(200) == 0) {
      String cid = cids.get(random.nextInt(cids.size()));
      Long message = newest.get("room:" + cid);
      if (message != null) {
        String id = READ + " " + message + " " + cid;
        link.send(Map.of("type", "markRead", "id", id, "channel", cid, "messageId", message));
      }
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
      case "ok" -> answered(String.valueOf(frame.get("id")));
      case "goingAway", "tokenExpiring" -> {}
      case "position" -> {
        String topic = String.valueOf(frame.get("topic"));
        if (!log.move(topic, String.valueOf(frame.get("position")), connection)) {
          problem("got a position of a topic without one: " + frame);
        }
      }
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
    if (log.of(TaskComparison.TASKS) == null) {
      link.send(Map.of("type", "tasks.watch", "id", "watch tasks", "limit", 1));
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
            Long.parseLong(at.substring(colon + 1)),
            TaskComparison.TASKS.equals(topic) && !seesAll ? username : ""));
  }

  private void answered(String id) {
    String[] words = id.split(" ");
    if (words[0].equals(READ)) {
      promises.read("room:" + words[2], username, Long.parseLong(words[1]));
    }
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
    if (!String.valueOf(frame.get("id")).startsWith(READ)) {
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
    if ("message.new".equals(frame.get("type"))) {
      Map<String, Object> message = Link.object(Link.object(frame, "data"), "message");
      newest.put(String.valueOf(frame.get("topic")), Link.number(message.get("id")));
    }
    if (framesLeft >= 0 && framesLeft-- == 0) {
      link.cut();
    }
  }
}
