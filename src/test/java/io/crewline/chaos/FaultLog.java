package io.crewline.chaos;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Which faults were made, and when. Thread-safe. */
final class FaultLog {
  private final List<Fault> faults = new ArrayList<>();
  private final Map<FaultKind, Integer> counts = new EnumMap<>(FaultKind.class);

  /**
   * @param from before it was made, in milliseconds since 1970
   * @param until after it was mended
   */
  record Fault(FaultKind kind, String target, long from, long until) {
    @Override
    public String toString() {
      return kind.text()
          + " "
          + target
          + " from "
          + Instant.ofEpochMilli(from)
          + " for "
          + (until - from)
          + " ms";
    }
  }

  synchronized void add(Fault fault) {
    faults.add(fault);
    counts.merge(fault.kind(), 1, Integer::sum);
  }

  synchronized int count(FaultKind kind) {
    return counts.getOrDefault(kind, 0);
  }

  /** In the order of their ends. */
  synchronized List<Fault> all() {
    return List.copyOf(faults);
  }

  /** The faults that began before a time and were not over long before it. */
  List<Fault> around(long time, long before) {
    return all().stream()
        .filter(fault -> fault.kind().isOfServers())
        .filter(fault -> fault.from() <= time && fault.until() >= time - before)
        .toList();
  }
}
