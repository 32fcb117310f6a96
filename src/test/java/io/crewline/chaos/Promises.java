package io.crewline.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What was acknowledged besides sends and task changes with a mark, and what was answered.
 * Thread-safe.
 */
final class Promises {
  private final List<Change> changes = new ArrayList<>();
  private final List<Seen> seen = new ArrayList<>();
  private final List<Long> refused = new ArrayList<>();
  private final Map<String, Read> reads = new HashMap<>();
  private final Map<String, Boolean> links = new HashMap<>();
  private int acknowledgedLinks;

  /**
   * An acknowledged change.
   *
   * @param change as {@link Facts#change} names it
   */
  record Change(String topic, String change) {}

  /**
   * A state of a task that was in an answer.
   *
   * @param content its fields as one number
   */
  record Seen(long task, long version, int content) {}

  /** The newest message up to which a user has read, as far as that was acknowledged. */
  record Read(String topic, String username, long messageId) {}

  synchronized void changed(String topic, String change) {
    changes.add(new Change(topic, change));
  }

  synchronized void saw(Map<String, Object> task) {
    seen.add(
        new Seen(Link.number(task.get("id")), Link.number(task.get("version")), task.hashCode()));
  }

  /** A change whose first and only try was refused: it must not be in the journal. */
  synchronized void refused(long key) {
    refused.add(key);
  }

  synchronized void read(String topic, String username, long messageId) {
    reads.merge(
        topic + " " + username,
        new Read(topic, username, messageId),
        (before, now) -> before.messageId() > now.messageId() ? before : now);
  }

  /** A link was made; it is known by the time at which it expires. */
  synchronized void linkMade(String expiresAt) {
    links.putIfAbsent(expiresAt, false);
  }

  /** The employee's acknowledgement by the link was answered. */
  synchronized void linkAcknowledged(String expiresAt) {
    if (!Boolean.TRUE.equals(links.put(expiresAt, true))) {
      acknowledgedLinks++;
    }
  }

  synchronized List<Change> changes() {
    return List.copyOf(changes);
  }

  synchronized List<Seen> seen() {
    return List.copyOf(seen);
  }

  synchronized List<Long> refused() {
    return List.copyOf(refused);
  }

  synchronized List<Read> reads() {
    return List.copyOf(reads.values());
  }

  /** The links that were made, and whether their employee's acknowledgement was answered. */
  synchronized Map<String, Boolean> links() {
    return Map.copyOf(links);
  }

  /** How many acknowledgements there were in all. */
  synchronized int size() {
    return changes.size() + links.size() + acknowledgedLinks;
  }
}
