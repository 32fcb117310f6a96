package io.crewline.realtime.presence;

import io.crewline.journal.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who types where, as far as this node knows. Each is held until its lease ends, {@link #LEASE}
 * after it was last heard of. At most {@value #PER_TOPIC} are held for a topic, and {@value
 * #PER_SESSION} of a session; others are not told of. Thread-safe.
 */
final class TypingLeases {
  static final Duration LEASE = Duration.ofSeconds(10);

  /** How often at most a repeated start is told again, here and to the other nodes. */
  static final Duration REPEAT = Duration.ofSeconds(3);

  static final int PER_TOPIC = 50;
  static final int PER_SESSION = 20;

  /** Somebody in a topic. */
  record Typist(Topic topic, Person person) {}

  /**
   * What time brought about.
   *
   * @param ended whose lease has ended
   * @param repeated whose start is to be told again, so that it does not end elsewhere
   */
  record Due(List<Typist> ended, List<Typist> repeated) {}

  private static final class Lease {
    final Person person;
    @Nullable String sessionId;
    Instant until;

    /** When all nodes were last told; null when they have not been yet. */
    @Nullable Instant toldAt;

    /** Whether it was renewed since then. */
    boolean renewed;

    Lease(Person person, Instant until) {
      this.person = person;
      this.until = until;
    }

    boolean mayTell(Instant now) {
      return toldAt == null || !now.isBefore(toldAt.plus(REPEAT));
    }

    void told(Instant now) {
      toldAt = now;
      renewed = false;
    }
  }

  private final Map<Topic, Map<String, Lease>> topics = new HashMap<>();
  private final Map<String, Integer> held = new HashMap<>();

  /**
   * A session of this node says that its user types.
   *
   * @return whether that is to be told now; a repeat is told later, by {@link #due}
   */
  synchronized boolean begin(Topic topic, Person person, String sessionId, Instant now) {
    Lease lease = lease(topic, person, sessionId, now);
    if (lease == null) {
      return false;
    }
    hold(lease, sessionId);
    lease.until = now.plus(LEASE);
    lease.renewed = true;
    boolean tells = lease.mayTell(now);
    if (tells) {
      lease.told(now);
    }
    return tells;
  }

  /** Another node says that somebody types. */
  synchronized void heard(Topic topic, Person person, Instant now) {
    Lease lease = lease(topic, person, null, now);
    if (lease != null) {
      lease.until = now.plus(LEASE);
      lease.told(now);
    }
  }

  /** Ends a lease. Returns who it was; null when there was none. */
  synchronized @Nullable Typist end(Topic topic, String username) {
    Map<String, Lease> ofTopic = topics.get(topic);
    Lease lease = ofTopic == null ? null : ofTopic.remove(username);
    if (ofTopic == null || lease == null) {
      return null;
    }
    hold(lease, null);
    if (ofTopic.isEmpty()) {
      topics.remove(topic);
    }
    return new Typist(topic, lease.person);
  }

  /** Ends what a session of this node has said. */
  synchronized List<Typist> endAll(String sessionId) {
    List<Typist> ended = new ArrayList<>();
    if (held.containsKey(sessionId)) {
      removeIf(lease -> sessionId.equals(lease.sessionId), ended);
    }
    return ended;
  }

  /** What is due at a time. */
  synchronized Due due(Instant now) {
    List<Typist> ended = new ArrayList<>();
    List<Typist> repeated = new ArrayList<>();
    removeIf(lease -> !now.isBefore(lease.until), ended);
    topics.forEach(
        (topic, ofTopic) ->
            ofTopic
                .values()
                .forEach(
                    lease -> {
                      if (lease.renewed && lease.mayTell(now)) {
                        lease.told(now);
                        repeated.add(new Typist(topic, lease.person));
                      }
                    }));
    return new Due(ended, repeated);
  }

  synchronized boolean isEmpty() {
    return topics.isEmpty() && held.isEmpty();
  }

  /** The lease, made if there is room for it. */
  private @Nullable Lease lease(
      Topic topic, Person person, @Nullable String sessionId, Instant now) {
    Map<String, Lease> ofTopic = topics.get(topic);
    Lease lease = ofTopic == null ? null : ofTopic.get(person.id());
    if (lease == null
        && (ofTopic == null || ofTopic.size() < PER_TOPIC)
        && (sessionId == null || held.getOrDefault(sessionId, 0) < PER_SESSION)) {
      lease = new Lease(person, now.plus(LEASE));
      topics.computeIfAbsent(topic, absent -> new HashMap<>()).put(person.id(), lease);
    }
    return lease;
  }

  /** Moves a lease to another session, or to none, and keeps count. */
  private void hold(Lease lease, @Nullable String sessionId) {
    if (lease.sessionId != null) {
      held.computeIfPresent(lease.sessionId, (id, count) -> count == 1 ? null : count - 1);
    }
    lease.sessionId = sessionId;
    if (sessionId != null) {
      held.merge(sessionId, 1, Integer::sum);
    }
  }

  private void removeIf(Predicate<Lease> matches, List<Typist> removed) {
    Iterator<Map.Entry<Topic, Map<String, Lease>>> all = topics.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Topic, Map<String, Lease>> ofTopic = all.next();
      ofTopic
          .getValue()
          .values()
          .removeIf(
              lease -> {
                boolean over = matches.test(lease);
                if (over) {
                  hold(lease, null);
                  removed.add(new Typist(ofTopic.getKey(), lease.person));
                }
                return over;
              });
      if (ofTopic.getValue().isEmpty()) {
        all.remove();
      }
    }
  }
}
