package io.crewline.chaos;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a comparison found: how many of each fault, and the first of them in words. */
final class Verdict {
  private static final int DETAILS = 100;

  private final Map<Kind, Long> counts = new LinkedHashMap<>();
  private final List<String> details = new ArrayList<>();

  /** The ways in which the promise can be broken. */
  enum Kind {
    /** Acknowledged, but not in the journal. */
    LOST_SEND("acknowledged but not in the journal"),
    /** In the journal, but not received. */
    LOST_DELIVERY("in the journal but not received"),
    /** One {@code clientId} twice in the journal. */
    DUPLICATED_SEND("in the journal twice"),
    /** Received twice. */
    DUPLICATED_DELIVERY("received twice"),
    /** Sends of one writer in another order than sent. */
    REORDERED_SEND("in the journal in another order than sent"),
    /** Received when another sequence number was due. */
    REORDERED_DELIVERY("received when another was due"),
    /** Received, and not, or not so, in the journal. */
    INVENTED("received and not so in the journal"),
    /** The journal's own numbers have a hole. */
    HOLE("missing in the sequence of the journal"),
    /** A reader was told that its position no longer fits. */
    RESET("told to reset"),
    /** A send that was refused for good, or never answered. */
    FAILED_SEND("sends failed"),
    /** Something else that must not happen. */
    MISBEHAVIOUR("other misbehaviour");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  Verdict() {
    for (Kind kind : Kind.values()) {
      counts.put(kind, 0L);
    }
  }

  void add(Kind kind, long count, String detail) {
    counts.merge(kind, count, Long::sum);
    if (details.size() < DETAILS) {
      details.add(kind.text() + ": " + detail);
    }
  }

  long count(Kind... kinds) {
    long sum = 0;
    for (Kind kind : kinds) {
      sum += counts.getOrDefault(kind, 0L);
    }
    return sum;
  }

  Map<Kind, Long> counts() {
    return counts;
  }

  boolean isGood() {
    return count(Kind.values()) == 0;
  }

  /** The first findings, each with what helps to find its cause. */
  List<String> details() {
    return details;
  }
}
