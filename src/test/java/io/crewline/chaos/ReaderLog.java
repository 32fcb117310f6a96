package io.crewline.chaos;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What a reader has received, by topic. Thread-safe. */
final class ReaderLog {
  private final Map<String, Received> latest = new LinkedHashMap<>();
  private final List<Received> all = new ArrayList<>();
  private final AtomicLong events;

  /**
   * @param events is counted up for each
   */
  ReaderLog(AtomicLong events) {
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
    received.add(
        String.valueOf(event.get("epoch")),
        Link.number(event.get("seq")),
        Facts.content(String.valueOf(event.get("type")), Link.object(event, "data")),
        System.currentTimeMillis(),
        connection);
    events.incrementAndGet();
    return true;
  }

  /** Writes a notice of a position down. Returns false when its topic has none yet. */
  synchronized boolean move(String topic, String position, int connection) {
    Received received = latest.get(topic);
    if (received == null) {
      return false;
    }
    int colon = position.indexOf(':');
    received.move(
        position.substring(0, colon),
        Long.parseLong(position.substring(colon + 1)),
        System.currentTimeMillis(),
        connection);
    return true;
  }

  /** What to say to go on, by topic. */
  synchronized Map<String, String> positions() {
    Map<String, String> positions = new LinkedHashMap<>();
    latest.forEach((topic, received) -> positions.put(topic, received.position()));
    return positions;
  }

  /**
   * Whether everything has come.
   *
   * @param heads as {@link JournalCopy#heads} has them
   */
  synchronized boolean reached(Map<String, Long> heads) {
    return latest.values().stream()
        .allMatch(received -> received.lastSeq() >= heads.getOrDefault(head(received), 0L));
  }

  private static String head(Received received) {
    return received.sight.isEmpty() ? received.topic : received.topic + " " + received.sight;
  }

  synchronized List<Received> all() {
    return List.copyOf(all);
  }
}
