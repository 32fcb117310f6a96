package io.crewline.realtime;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A topic that this node has subscribers for: puts its events in order and hands them to the loops.
 * Events arrive from commits of this node, from the broadcaster and from the journal, in any order,
 * some more than once; each leaves exactly once, in sequence.
 */
final class ServedTopic {
  /** Past this many held events the journal is the better place to read them from. */
  private static final int HELD = 1024;

  private final Topic topic;
  private final List<DeliveryListener> listeners;
  private final RealtimeMetrics metrics;
  private final Map<Executor, LoopGroup> groups = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final TreeMap<Long, JournalEntry> held = new TreeMap<>();
  private @Nullable String epoch;
  private long last;
  private int subscribers;
  private boolean closed;

  ServedTopic(Topic topic, List<DeliveryListener> listeners, RealtimeMetrics metrics) {
    this.topic = topic;
    this.listeners = listeners;
    this.metrics = metrics;
  }

  Topic topic() {
    return topic;
  }

  /** Counts a subscriber in. Returns false when the last one has just left and this is over. */
  boolean enter() {
    lock.lock();
    try {
      if (!closed) {
        subscribers++;
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Counts a subscriber out. Returns true when it was the last and this is over. */
  boolean leave() {
    lock.lock();
    try {
      closed = --subscribers == 0;
      return closed;
    } finally {
      lock.unlock();
    }
  }

  LoopGroup group(Executor loop) {
    return groups.computeIfAbsent(loop, LoopGroup::new);
  }

  /**
   * Begins at the journal's head, unless it has begun; what arrived meanwhile and is newer follows.
   *
   * @return whether a gap is left that the journal has to fill
   */
  boolean begin(Position head) {
    lock.lock();
    try {
      if (epoch == null) {
        epoch = head.epoch();
        last = head.seq();
        release();
      }
      return !held.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  boolean hasGap() {
    lock.lock();
    try {
      return epoch != null && !held.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes events of this topic.
   *
   * @return whether a gap is left that the journal has to fill
   */
  boolean accept(List<JournalEntry> entries) {
    lock.lock();
    try {
      for (JournalEntry entry : entries) {
        if (epoch == null || entry.seq() > last || !entry.epoch().equals(epoch)) {
          held.put(entry.seq(), entry);
          if (held.size() > HELD) {
            held.pollLastEntry();
          }
        }
      }
      release();
      return epoch != null && !held.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Forgets held events of another life of the topic, which nothing would ever connect to. Called
   * when the journal has just confirmed the present one; should there be a newer one already, the
   * next position check finds it.
   */
  void dropOtherEpochs() {
    lock.lock();
    try {
      held.values().removeIf(entry -> !entry.epoch().equals(epoch));
      release();
    } finally {
      lock.unlock();
    }
  }

  /** The position up to which events were delivered; null while it begins. */
  @Nullable Position position() {
    lock.lock();
    try {
      return epoch == null ? null : new Position(epoch, last);
    } finally {
      lock.unlock();
    }
  }

  /** Goes on from another place, because the journal no longer holds what is missing. */
  void jump(Position head) {
    lock.lock();
    try {
      epoch = head.epoch();
      last = head.seq();
      held.clear();
    } finally {
      lock.unlock();
    }
  }

  /** Hands an ephemeral event to the loops, past the sequence. */
  void deliver(EphemeralEvent event) {
    List<LoopGroup> targets = List.copyOf(groups.values());
    EphemeralBatch batch = new EphemeralBatch(targets.size());
    targets.forEach(group -> group.deliver(batch, event, metrics));
  }

  void forEachSubscription(Consumer<Subscription> action) {
    groups.values().forEach(group -> group.forEach(action));
  }

  /**
   * Hands over what continues the sequence. Under the lock, so that loops get batches in order; it
   * only enqueues.
   */
  private void release() {
    if (epoch == null || held.isEmpty()) {
      return;
    }
    List<JournalEntry> ready = new ArrayList<>();
    while (!held.isEmpty()) {
      JournalEntry next = held.firstEntry().getValue();
      if (!next.epoch().equals(epoch)) {
        break;
      }
      if (next.seq() > last + 1) {
        break;
      }
      held.pollFirstEntry();
      if (next.seq() == last + 1) {
        ready.add(next);
        last = next.seq();
      }
    }
    if (ready.isEmpty()) {
      return;
    }
    List<JournalEntry> chunk = new ArrayList<>(ready.size());
    for (JournalEntry entry : ready) {
      chunk.add(entry);
      for (DeliveryListener listener : listeners) {
        if (listener.wants(entry)) {
          hand(chunk);
          chunk = new ArrayList<>();
          listener.delivered(entry);
        }
      }
    }
    hand(chunk);
  }

  private void hand(List<JournalEntry> entries) {
    List<LoopGroup> targets = List.copyOf(groups.values());
    if (!entries.isEmpty() && !targets.isEmpty()) {
      EventBatch batch = new EventBatch(entries, targets.size());
      targets.forEach(group -> group.deliver(batch, metrics));
    }
  }
}
