package io.crewline.chaos;

import java.util.List;

/** The sends that were acknowledged: what must be in the journal. Thread-safe. */
final class Acknowledged {
  private final Longs keys = new Longs();
  private final Longs messages = new Longs();
  private final Longs rooms = new Longs();
  private final Longs nodes = new Longs();
  private final List<String> topics;

  /**
   * @param topics of the rooms, by their numbers
   */
  Acknowledged(List<String> topics) {
    this.topics = topics;
  }

  /** One acknowledged send. */
  record Ack(long key, String topic, long messageId, int node) {}

  /**
   * @param node that committed it; -1 when that is not known because it was sent more than once
   */
  synchronized void add(long key, int room, long messageId, int node) {
    keys.add(key);
    rooms.add(room);
    messages.add(messageId);
    nodes.add(node);
  }

  synchronized Ack get(int index) {
    return new Ack(
        keys.get(index),
        topics.get((int) rooms.get(index)),
        messages.get(index),
        (int) nodes.get(index));
  }

  synchronized int size() {
    return keys.size();
  }
}
