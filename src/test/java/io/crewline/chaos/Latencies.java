package io.crewline.chaos;

import io.crewline.chaos.FaultLog.Fault;
import io.crewline.chaos.JournalCopy.TopicCopy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Times from commit to delivery, by what was going on. A delivery is <em>live</em> when the event
 * was recorded after the reader's connection was ready; any other had to wait for its reader.
 */
final class Latencies {
  /** So long after its end a fault still counts as going on. */
  static final long AFTERMATH_MS = 5000;

  private final List<Fault> faults;
  private final Connections connections;
  private final Map<Long, Integer> committedBy;
  private final Sample all = new Sample();
  private final Sample live = new Sample();
  private final Sample calm = new Sample();
  private final Sample redisAway = new Sample();
  private final Map<FaultKind, Sample> byKind = new EnumMap<>(FaultKind.class);

  /**
   * @param committedBy the node that committed a send, by key, where it is known
   */
  Latencies(FaultLog log, Connections connections, Map<Long, Integer> committedBy) {
    this.faults =
        log.all().stream()
            .filter(fault -> fault.kind().isOfServers())
            .sorted(Comparator.comparingLong(Fault::from))
            .toList();
    this.connections = connections;
    this.committedBy = committedBy;
    for (FaultKind kind : FaultKind.values()) {
      if (kind.isOfServers()) {
        byKind.put(kind, new Sample());
      }
    }
  }

  /** Milliseconds, counted one by one. */
  static final class Sample {
    private static final int MOST = 120_000;

    private final int[] counts = new int[MOST + 1];
    private long count;
    private long worst = -1;
    private String where = "";

    private void add(long millis, String reader, String topic, long seq, long arrival) {
      counts[(int) Math.clamp(millis, 0, MOST)]++;
      count++;
      if (millis > worst) {
        worst = millis;
        where = "%s %s:%d at %s".formatted(reader, topic, seq, Instant.ofEpochMilli(arrival));
      }
    }

    long count() {
      return count;
    }

    long worst() {
      return worst;
    }

    /** Which delivery was the worst. */
    String where() {
      return where;
    }

    long quantile(double quantile) {
      long rank = (long) Math.ceil(quantile * count);
      long seen = 0;
      for (int i = 0; i <= MOST && count > 0; i++) {
        seen += counts[i];
        if (seen >= rank) {
          return i;
        }
      }
      return -1;
    }

    Map<String, Object> json() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("count", count);
      json.put("p50Ms", quantile(0.5));
      json.put("p99Ms", quantile(0.99));
      json.put("worstMs", worst);
      json.put("worst", where);
      return json;
    }
  }

  void add(Received received, TopicCopy topic) {
    for (int i = 0; i < received.size(); i++) {
      int index = topic.index(received.seq(i));
      if (index >= 0 && !received.isMove(i)) {
        add(received, i, topic.at(index), topic.key(index));
      }
    }
  }

  private void add(Received received, int index, long at, long key) {
    long arrival = received.arrival(index);
    long millis = arrival - at;
    int connection = received.connection(index);
    List<Sample> samples = new ArrayList<>(4);
    samples.add(all);
    if (at >= connections.since(connection)) {
      samples.add(live);
      Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
      boolean away = false;
      boolean later = false;
      for (Fault fault : faults) {
        if (fault.from() > arrival) {
          break;
        }
        if (fault.from() > at) {
          later = true;
        } else if (fault.until() + AFTERMATH_MS >= at) {
          kinds.add(fault.kind());
          away |= fault.kind() == FaultKind.REDIS_STOP && fault.until() >= at;
        }
      }
      kinds.forEach(kind -> samples.add(byKind.get(kind)));
      if (kinds.isEmpty() && !later) {
        samples.add(calm);
      }
      int by = committedBy.getOrDefault(key, -1);
      if (away && !later && kinds.size() == 1 && by >= 0 && by != connections.node(connection)) {
        samples.add(redisAway);
      }
    }
    for (Sample sample : samples) {
      sample.add(millis, received.reader, received.topic, received.seq(index), arrival);
    }
  }

  Sample live() {
    return live;
  }

  /** Live, and no fault at the time, nor shortly before. */
  Sample calm() {
    return calm;
  }

  /** Live, from another node than the reader's, while Redis was stopped and all else was well. */
  Sample redisAway() {
    return redisAway;
  }

  /** By name, for people and programs. */
  Map<String, Sample> named() {
    Map<String, Sample> named = new LinkedHashMap<>();
    named.put("all", all);
    named.put("live", live);
    named.put("live, no fault for " + AFTERMATH_MS / 1000 + " s", calm);
    named.put("live, from another node, Redis stopped", redisAway);
    byKind.forEach((kind, sample) -> named.put("live, " + kind.text(), sample));
    return named;
  }
}
