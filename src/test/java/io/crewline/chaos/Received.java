package io.crewline.chaos;

import java.util.ArrayList;
import java.util.List;

/**
 * What one reader got of one topic, in the order of arrival, since a position. A reset begins
 * another one. Written by one thread at a time, read when the run is over.
 */
final class Received {
  final String reader;
  final String topic;
  final String epoch;

  /** Events after this one must come. */
  final long start;

  private final Longs seqs = new Longs();
  private final Longs messages = new Longs();
  private final Longs keys = new Longs();
  private final Longs arrivals = new Longs();
  private final Longs connections = new Longs();

  /** The first event of another epoch, if there was any. */
  private final List<String> foreign = new ArrayList<>();

  Received(String reader, String topic, String epoch, long start) {
    this.reader = reader;
    this.topic = topic;
    this.epoch = epoch;
    this.start = start;
  }

  /**
   * @param messageId of a new message, else 0
   * @param key of the {@code clientId}, or {@link SendKey#NONE}
   * @param arrival in milliseconds since 1970
   * @param connection its number in {@link Connections}
   */
  void add(String eventEpoch, long seq, long messageId, long key, long arrival, int connection) {
    if (!eventEpoch.equals(epoch)) {
      foreign.add(eventEpoch + ":" + seq);
      return;
    }
    seqs.add(seq);
    messages.add(messageId);
    keys.add(key);
    arrivals.add(arrival);
    connections.add(connection);
  }

  /** The position to resume from: of the event that came last. */
  String position() {
    return epoch + ":" + lastSeq();
  }

  long lastSeq() {
    return size() == 0 ? start : seqs.get(size() - 1);
  }

  int size() {
    return seqs.size();
  }

  long seq(int index) {
    return seqs.get(index);
  }

  long messageId(int index) {
    return messages.get(index);
  }

  long key(int index) {
    return keys.get(index);
  }

  long arrival(int index) {
    return arrivals.get(index);
  }

  int connection(int index) {
    return (int) connections.get(index);
  }

  List<String> foreign() {
    return foreign;
  }

  @Override
  public String toString() {
    return reader + " " + topic + " since " + epoch + ":" + start;
  }
}
