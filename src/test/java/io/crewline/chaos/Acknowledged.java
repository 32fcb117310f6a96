package io.crewline.chaos;

import java.util.List;

/**
 * The sends and the task changes with a mark that were acknowledged: what must be in the journal.
 * Thread-safe.
 */
final class Acknowledged {
  /** Of an acknowledgement that does not name the message or the task. */
  static final long ANY = -1;

  private final Longs keys = new Longs();
  private final Longs subjects = new Longs();
  private final Longs topicNumbers = new Longs();
  private final Longs nodes = new Longs();
  private final List<String> topics;

  /**
   * @param topics by their numbers
   */
  Acknowledged(List<String> topics) {
    this.topics = topics;
  }

  /**
   * One acknowledgement.
   *
   * @param subject the message or the task
   */
  record Ack(long key, String topic, long subject, int node) {}

  /**
   * @param node that committed it; -1 when that is not known because it was sent more than once
   */
  synchronized void add(long key, int topic, long subject, int node) {
    keys.add(key);
    topicNumbers.add(topic);
    subjects.add(subject);
    nodes.add(node);
  }

  synchronized Ack get(int index) {
    return new Ack(
        keys.get(index),
        topics.get((int) topicNumbers.get(index)),
        subjects.get(index),
        (int) nodes.get(index));
  }

  synchronized int size() {
    return keys.size();
  }
}
