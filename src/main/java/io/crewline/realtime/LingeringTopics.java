package io.crewline.realtime;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Topics whose last subscriber has left, each for {@link #LINGER} and at most {@value #MOST}, in
 * the order of leaving. It only knows when a topic's time is over, not whether somebody has entered
 * again: {@link ServedTopic#close} does. Thread-safe.
 */
final class LingeringTopics {
  static final Duration LINGER = Duration.ofSeconds(15);
  static final int MOST = 10_000;

  private final Clock clock;
  private final LinkedHashMap<ServedTopic, Instant> until = new LinkedHashMap<>();

  LingeringTopics(Clock clock) {
    this.clock = clock;
  }

  /** Lets a topic linger, from now on. Returns those to be closed, as {@link #over} does. */
  synchronized List<ServedTopic> add(ServedTopic topic) {
    until.putLast(topic, clock.instant().plus(LINGER));
    return over();
  }

  /** Gives up the topics whose time is over and the oldest of too many, for the caller to close. */
  synchronized List<ServedTopic> over() {
    List<ServedTopic> over = new ArrayList<>();
    Instant now = clock.instant();
    Iterator<Map.Entry<ServedTopic, Instant>> oldest = until.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<ServedTopic, Instant> next = oldest.next();
      if (until.size() <= MOST && next.getValue().isAfter(now)) {
        break;
      }
      over.add(next.getKey());
      oldest.remove();
    }
    return over;
  }
}
