package io.crewline.chaos;

import io.crewline.chaos.JournalCopy.TopicCopy;
import io.crewline.chaos.Verdict.Kind;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * Compares what was acknowledged, what the journal holds and what each reader received. Knows
 * nothing of how they came about, so that it can be tried on records that are wrong on purpose.
 */
final class Comparison {
  private final JournalCopy journal;
  private final LongFunction<String> circumstances;
  private final Verdict verdict = new Verdict();

  /**
   * @param circumstances what happened around a time, in milliseconds since 1970, in words
   */
  Comparison(JournalCopy journal, LongFunction<String> circumstances) {
    this.journal = journal;
    this.circumstances = circumstances;
  }

  Verdict verdict() {
    return verdict;
  }

  /** Judges the journal by itself: numbers without holes, no change twice, changes in order. */
  void journal() {
    for (TopicCopy topic : journal.topics()) {
      long due = topic.floor + 1;
      Map<Long, Long> seqOf = new HashMap<>();
      Map<Integer, Long> lastOf = new HashMap<>();
      Map<String, Long> changes = new HashMap<>();
      for (int i = 0; i < topic.size(); i++) {
        long seq = topic.seq(i);
        if (seq != due) {
          verdict.add(Kind.HOLE, Math.abs(seq - due), at(topic, i) + " instead of " + due);
        }
        due = seq + 1;
        String change = topic.change(i);
        Long same = change == null ? null : changes.put(change, seq);
        if (same != null) {
          verdict.add(Kind.DUPLICATED_SEND, 1, change + ": " + at(topic, i) + " and " + same);
        }
        long key = topic.key(i);
        if (key == SendKey.NONE) {
          continue;
        }
        Long before = seqOf.put(key, seq);
        if (before != null) {
          verdict.add(Kind.DUPLICATED_SEND, 1, at(topic, i) + " was there at " + before);
          continue;
        }
        long send = SendKey.send(key);
        Long last = lastOf.put(SendKey.writer(key), send);
        if (last != null && last > send) {
          verdict.add(Kind.REORDERED_SEND, 1, at(topic, i) + " after send " + last);
        }
      }
      if (due != topic.head + 1) {
        verdict.add(
            Kind.HOLE,
            Math.abs(topic.head + 1 - due),
            topic.name + " ends at " + (due - 1) + ", its head is " + topic.head);
      }
    }
  }

  /**
   * Whether every acknowledged send and task change is in the journal, of the message or task that
   * the reply named.
   */
  void acknowledged(Acknowledged acks) {
    Map<String, Map<Long, Long>> messageOf = new HashMap<>();
    for (TopicCopy topic : journal.topics()) {
      Map<Long, Long> ofTopic = new HashMap<>();
      for (int i = 0; i < topic.size(); i++) {
        ofTopic.put(topic.key(i), topic.subject(i));
      }
      messageOf.put(topic.name, ofTopic);
    }
    for (int i = 0; i < acks.size(); i++) {
      Acknowledged.Ack ack = acks.get(i);
      Long message = messageOf.getOrDefault(ack.topic(), Map.of()).get(ack.key());
      if (message == null || ack.subject() != Acknowledged.ANY && message != ack.subject()) {
        verdict.add(
            Kind.LOST_SEND,
            1,
            "%s of %s as %d by node %d; the journal has %s"
                .formatted(
                    SendKey.text(ack.key()), ack.topic(), ack.subject(), ack.node(), message));
      }
    }
  }

  /** Whether a reader received each event after its first position, once and in order. */
  void received(Received received) {
    TopicCopy topic = journal.topic(received.topic);
    if (topic == null || !topic.epoch.equals(received.epoch)) {
      verdict.add(
          Kind.INVENTED, 1, received + ": the journal has " + (topic == null ? null : topic.epoch));
      return;
    }
    for (String foreign : received.foreign()) {
      verdict.add(Kind.INVENTED, 1, received + ": event " + foreign);
    }
    BitSet seen = new BitSet();
    long last = received.start;
    for (int i = 0; i < received.size(); i++) {
      long seq = received.seq(i);
      long due = topic.next(last, received.sight);
      if (received.isMove(i)) {
        if (due <= seq) {
          verdict.add(Kind.REORDERED_DELIVERY, 1, event(received, i) + ", a position past " + due);
        }
        last = Math.max(last, seq);
        continue;
      }
      int index = topic.index(seq);
      if (index < 0) {
        verdict.add(Kind.INVENTED, 1, event(received, i) + ", which is not there");
        continue;
      }
      Integer content = topic.content(index, received.sight);
      if (content == null || content != received.content(i)) {
        verdict.add(Kind.INVENTED, 1, event(received, i) + "; there it is " + at(topic, index));
      }
      int bit = Math.toIntExact(seq);
      if (seq <= received.start || seen.get(bit)) {
        verdict.add(Kind.DUPLICATED_DELIVERY, 1, event(received, i));
        continue;
      }
      seen.set(bit);
      if (seq != due) {
        verdict.add(Kind.REORDERED_DELIVERY, 1, event(received, i) + " instead of " + due);
      }
      last = seq;
    }
    for (int i = 0; i < topic.size() && !received.sight.isEmpty(); i++) {
      if (topic.content(i, received.sight) == null) {
        seen.set(Math.toIntExact(topic.seq(i)));
      }
    }
    missing(received, topic, seen);
  }

  /** What never came, told as spans. A topic that was never watched to its end has none. */
  private void missing(Received received, TopicCopy topic, BitSet seen) {
    int head = Math.toIntExact(topic.head);
    int from = seen.nextClearBit(Math.toIntExact(received.start) + 1);
    while (from <= head) {
      int next = seen.nextSetBit(from);
      int to = next < 0 ? head : Math.min(head, next - 1);
      int index = topic.index(from);
      verdict.add(
          Kind.LOST_DELIVERY,
          to - from + 1L,
          "%s: %d to %d of %d, the first recorded at %s"
              .formatted(
                  received,
                  from,
                  to,
                  head,
                  index < 0
                      ? "(unknown)"
                      : Instant.ofEpochMilli(topic.at(index))
                          + "; "
                          + circumstances.apply(topic.at(index))));
      from = seen.nextClearBit(to + 1);
    }
  }

  private String event(Received received, int index) {
    long arrival = received.arrival(index);
    return "%s: event %d at %s on connection %d; %s"
        .formatted(
            received,
            received.seq(index),
            Instant.ofEpochMilli(arrival),
            received.connection(index),
            circumstances.apply(arrival));
  }

  private String at(TopicCopy topic, int index) {
    return "%s:%d, about %d, %s, of %s; %s"
        .formatted(
            topic.name,
            topic.seq(index),
            topic.subject(index),
            SendKey.text(topic.key(index)),
            Instant.ofEpochMilli(topic.at(index)),
            circumstances.apply(topic.at(index)));
  }
}
