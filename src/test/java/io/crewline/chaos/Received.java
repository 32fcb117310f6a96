package io.crewline.chaos;

import java.util.ArrayList;
import java.util.List;

/**
 * What one reader got of one topic, in the order of arrival, since a position. A reset begins
 * another one. Written by one thread at a time, read when the run is over.
 */
final class Received {
  private static final long MOVE = Long.MIN_VALUE;

  final String reader;
  final String topic;
  final String epoch;

  /** Events after this one must come. */
  final long start;

  /** The user who sees only some of the topic; empty for who sees all. */
  final String sight;

  private final Longs seqs = new Longs();
  private final Longs contents = new Longs();
  private final Longs arrivals = new Longs();
  private final Longs connections = new Longs();

  /** The first event of another epoch, if there was any. */
  private final List<String> foreign = new ArrayList<>();

  Received(String reader, String topic, String epoch, long start) {
    this(reader, topic, epoch, start, "");
  }

  Received(String reader, String topic, String epoch, long start, String sight) {
    this.reader = reader;
    this.topic = topic;
    this.epoch = epoch;
    this.start = start;
    this.sight = sight;
  }

  /**
   * @param content as {@link Facts#content} has it
   * @param arrival in milliseconds since 1970
   * @param connection its number in {@link Connections}
   */
  void add(String eventEpoch, long seq, int content, long arrival, int connection) {
    add(eventEpoch, seq, (long) content, arrival, connection);
  }

  /** A notice: everything up to there has come, or is not for this reader. */
  void move(String noticeEpoch, long seq, long arrival, int connection) {
    add(noticeEpoch, seq, MOVE, arrival, connection);
  }

  private void add(String eventEpoch, long seq, long content, long arrival, int connection) {
    if (!eventEpoch.equals(epoch)) {
      foreign.add(eventEpoch + ":" + seq);
      return;
    }
    seqs.add(seq);
    contents.add(content);
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

  /** Whether it is no event, but a notice of a position. */
  boolean isMove(int index) {
    return contents.get(index) == MOVE;
  }

  int content(int index) {
    return (int) contents.get(index);
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
