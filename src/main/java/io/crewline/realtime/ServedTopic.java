package io.crewline.realtime;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.JournalPage;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.journal.TopicState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A topic that this node has subscribers for, or had until a moment ago: puts its events in order
 * and hands them to the loops. Events arrive from commits of this node, from the broadcaster and
 * from the journal, in any order, some more than once; each leaves exactly once, in sequence.
 */
final class ServedTopic {
  private final Topic topic;
  private final TopicSubscribers subscribers;
  private final ReentrantLock lock = new ReentrantLock();
  private final HeldEvents held = new HeldEvents();
  private final RecentEvents recent;
  private @Nullable CompletableFuture<Void> beginning;
  private @Nullable String epoch;
  private long last;
  private long floor;
  private int count;
  private boolean closed;
  private boolean healing;
  private boolean withheld;

  ServedTopic(
      Topic topic,
      List<DeliveryListener> listeners,
      RealtimeMetrics metrics,
      RecentEvents.Budget budget) {
    this.topic = topic;
    this.subscribers = new TopicSubscribers(topic, listeners, metrics);
    this.recent = new RecentEvents(budget);
  }

  Topic topic() {
    return topic;
  }

  /** Counts a subscriber in. Returns false when this is {@linkplain #close over}. */
  boolean enter() {
    lock.lock();
    try {
      if (!closed) {
        count++;
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Counts a subscriber out. Returns whether it was the last; others may enter all the same. */
  boolean leave() {
    lock.lock();
    try {
      return --count == 0;
    } finally {
      lock.unlock();
    }
  }

  /** Ends it, for good, unless somebody has entered. Returns whether that was done now. */
  boolean close() {
    lock.lock();
    try {
      if (closed || count > 0) {
        return false;
      }
      closed = true;
      recent.clear();
      held.clear();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds a subscription, after the {@linkplain #begin beginning}.
   *
   * @param added completed when the loop offers it the events
   */
  void add(Subscription subscription, CompletableFuture<Void> added) {
    lock.lock();
    try {
      // Under the lock, so that the loop sees it in the epoch of the events that follow.
      subscription.offered(Objects.requireNonNull(epoch));
      subscribers.add(subscription, added);
    } finally {
      lock.unlock();
    }
  }

  void remove(Subscription subscription) {
    subscribers.remove(subscription);
  }

  /**
   * Claims the beginning, which one does for all who come meanwhile.
   *
   * @param mine completed by the caller, with {@link #begin} called or {@link #notBegun}
   * @return {@code mine}, or that of the one who does it or has done it
   */
  CompletableFuture<Void> beginning(CompletableFuture<Void> mine) {
    lock.lock();
    try {
      if (beginning == null) {
        beginning = mine;
      }
      return beginning;
    } finally {
      lock.unlock();
    }
  }

  /** Gives a claimed beginning up: the next one tries again. */
  void notBegun() {
    lock.lock();
    try {
      beginning = null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Begins at the journal's head; what arrived meanwhile and is newer follows.
   *
   * @return whether a gap is left that the journal has to fill
   */
  boolean begin(TopicState state) {
    lock.lock();
    try {
      if (epoch == null) {
        epoch = state.head().epoch();
        last = state.head().seq();
        floor = state.floor();
        release();
      }
      return !held.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Whether somebody has yet to fill a gap; nobody has for a topic that is over. */
  boolean hasGap() {
    lock.lock();
    try {
      return !closed && epoch != null && !held.isEmpty();
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
      if (closed) {
        return false;
      }
      for (JournalEntry entry : entries) {
        if (epoch == null || entry.seq() > last || !entry.epoch().equals(epoch)) {
          held.add(entry);
        }
      }
      release();
      return epoch != null && !held.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** The events that wait for others before them. */
  List<JournalEntry> held() {
    lock.lock();
    try {
      return held.all();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes note of what the journal, read to its head, showed of the held events. Those of another
   * life of the topic are forgotten: nothing would ever connect to them, and should there be a
   * newer life already, the next position check finds it. One that comes after the head although it
   * was there before the journal was read is doubted: it is not delivered, whatever comes before
   * it, and forgotten when the journal does not show it the next time either.
   *
   * @param head the journal's head
   * @param before the events that were {@linkplain #held held} before it was read
   * @return how many were forgotten that the journal does not have
   */
  int compare(Position head, List<JournalEntry> before) {
    lock.lock();
    try {
      held.keepOnly(epoch);
      int forgotten = head.epoch().equals(epoch) ? held.compare(head.seq(), before) : 0;
      release();
      return forgotten;
    } finally {
      lock.unlock();
    }
  }

  /** Whether there are held events that the journal did not have when it was last read. */
  boolean doubts() {
    lock.lock();
    try {
      return held.doubts();
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

  /**
   * What this node knows of the topic, which may be behind the journal; null while it begins.
   * Beside the journal's floor it goes back as far as the events that are kept here.
   */
  @Nullable TopicState state() {
    lock.lock();
    try {
      return epoch == null
          ? null
          : new TopicState(
              new Position(epoch, last), Math.min(floor, recent.first(Long.MAX_VALUE) - 1));
    } finally {
      lock.unlock();
    }
  }

  /** Notes how far retention has come. */
  void retained(TopicState state) {
    lock.lock();
    try {
      if (state.head().epoch().equals(epoch)) {
        floor = state.floor();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The delivered events after a position, from memory; null when they are not all there. */
  @Nullable JournalPage recent(Position after, int limit) {
    lock.lock();
    try {
      List<JournalEntry> entries =
          after.epoch().equals(epoch) ? recent.after(after.seq(), limit) : null;
      return entries == null
          ? null
          : new JournalPage(entries, new Position(after.epoch(), last), false);
    } finally {
      lock.unlock();
    }
  }

  /** How many events lie between a position and those that are in memory. */
  long missing(Position after) {
    lock.lock();
    try {
      return recent.first(last + 1) - 1 - after.seq();
    } finally {
      lock.unlock();
    }
  }

  /** Keeps events that somebody had to read, for those who come after. */
  void keep(List<JournalEntry> read) {
    lock.lock();
    try {
      if (!closed && !read.isEmpty() && read.getFirst().epoch().equals(epoch)) {
        recent.prepend(read, recent.first(last + 1));
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Goes on from another place, because the journal no longer holds what follows {@code from}. The
   * subscriptions are told between the last event before and the first one after.
   *
   * @return false, with nothing done, when the topic has moved on from there meanwhile
   */
  boolean jump(Position from, Position head) {
    lock.lock();
    try {
      if (closed || !from.epoch().equals(epoch) || from.seq() != last) {
        return false;
      }
      epoch = head.epoch();
      last = head.seq();
      recent.clear();
      held.keepOnly(epoch);
      forEachSubscription(subscription -> subscription.jumped(from, head));
      release();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Claims the healing of this topic. Returns false when somebody has it, or the topic is over. */
  boolean claimHealing() {
    lock.lock();
    try {
      boolean claimed = !closed && !healing;
      healing = healing || claimed;
      return claimed;
    } finally {
      lock.unlock();
    }
  }

  void healed() {
    lock.lock();
    try {
      healing = false;
    } finally {
      lock.unlock();
    }
  }

  /** How many subscriptions there are. */
  int subscribers() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  /**
   * What is done now and then: tells clients where they are from whom the newest events were
   * withheld.
   */
  void tick() {
    subscribers.nudge();
    lock.lock();
    try {
      if (!withheld) {
        return;
      }
      withheld = false;
    } finally {
      lock.unlock();
    }
    forEachSubscription(Subscription::tellPosition);
  }

  /** Hands an ephemeral event to the loops, past the sequence. */
  void deliver(EphemeralEvent event) {
    subscribers.deliver(event);
  }

  void forEachSubscription(Consumer<Subscription> action) {
    subscribers.forEach(action);
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
    for (JournalEntry next = held.next(epoch, last); next != null; next = held.next(epoch, last)) {
      ready.add(next);
      recent.append(next);
      withheld = withheld || next.audience() != null;
      last = next.seq();
    }
    if (ready.isEmpty()) {
      return;
    }
    subscribers.hand(ready);
  }
}
