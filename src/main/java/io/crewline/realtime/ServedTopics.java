package io.crewline.realtime;

import io.crewline.journal.Journal;
import io.crewline.journal.Topic;
import io.crewline.platform.Database;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The topics that this node serves: each from its first subscriber on, at the journal's head and
 * with the broadcaster's subscription confirmed, until its last one has been gone for a while.
 * Thread-safe.
 */
final class ServedTopics {
  private final Journal journal;
  private final Broadcaster broadcaster;
  private final Healing healing;
  private final LingeringTopics lingering;
  private final Function<Topic, ServedTopic> fresh;
  private final Map<Topic, ServedTopic> topics = new ConcurrentHashMap<>();

  /**
   * @param fresh makes a topic that is not served yet
   */
  ServedTopics(
      Journal journal,
      Broadcaster broadcaster,
      Healing healing,
      LingeringTopics lingering,
      Function<Topic, ServedTopic> fresh) {
    this.journal = journal;
    this.broadcaster = broadcaster;
    this.healing = healing;
    this.lingering = lingering;
    this.fresh = fresh;
  }

  /** The topic if it is served. */
  @Nullable ServedTopic get(Topic topic) {
    return topics.get(topic);
  }

  Collection<ServedTopic> all() {
    return topics.values();
  }

  int size() {
    return topics.size();
  }

  /**
   * Counts a subscriber in. Blocks until every event that commits from now on will reach the topic.
   * The caller lets the subscriber {@linkplain #leave} some time.
   */
  ServedTopic enter(Topic topic) {
    Database.requireNoTransaction("a subscription");
    ServedTopic served =
        Objects.requireNonNull(
            topics.compute(
                topic,
                (name, current) -> {
                  if (current != null && current.enter()) {
                    return current;
                  }
                  // None, or one that is over and about to be taken out.
                  ServedTopic next = fresh.apply(name);
                  next.enter();
                  return next;
                }));
    try {
      begin(served);
      return served;
    } catch (RuntimeException | Error e) {
      leave(served);
      throw e;
    }
  }

  /** Learns where the topic is, unless that is known; the first does it for all who wait. */
  private void begin(ServedTopic served) {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    CompletableFuture<Void> beginning = served.beginning(mine);
    if (beginning != mine) {
      try {
        beginning.join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof RuntimeException cause ? cause : e;
      }
      return;
    }
    try {
      broadcaster.subscribe(served.topic()).toCompletableFuture().join();
      if (served.begin(journal.open(served.topic()))) {
        healing.soon(served);
      }
      mine.complete(null);
    } catch (RuntimeException | Error e) {
      served.notBegun();
      mine.completeExceptionally(e);
      throw e;
    }
  }

  /** Counts a subscriber out; a topic without any is closed after a while. */
  void leave(ServedTopic served) {
    if (served.leave()) {
      lingering.add(served).forEach(this::close);
    }
  }

  /** Closes the topics that have lingered long enough. */
  void closeLingering() {
    lingering.over().forEach(this::close);
  }

  private void close(ServedTopic served) {
    if (served.close()) {
      // Atomic with the compute of the next subscriber, whose subscribe must come after.
      topics.computeIfPresent(
          served.topic(),
          (topic, current) -> {
            if (current != served) {
              return current;
            }
            broadcaster.unsubscribe(topic);
            return null;
          });
    }
  }
}
