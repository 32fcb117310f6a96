package io.crewline.chaos;

import io.crewline.chaos.Verdict.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a run has shown. */
record ChaosReport(
    ChaosOptions options,
    long seconds,
    int acknowledged,
    int acknowledgedTasks,
    long deliveries,
    int connections,
    int refusedStarts,
    Verdict verdict,
    FaultLog faults,
    Goodbyes goodbyes,
    Latencies latencies) {

  /** Why the run is not good; empty when it is. */
  List<String> failures() {
    List<String> failures = new ArrayList<>();
    verdict
        .counts()
        .forEach(
            (kind, count) -> {
              if (count > 0) {
                failures.add(count + " " + kind.text());
              }
            });
    options
        .least()
        .forEach(
            (kind, least) -> {
              if (faults.count(kind) < least) {
                failures.add(
                    "%s: %d times, at least %d were due"
                        .formatted(kind.text(), faults.count(kind), least));
              }
            });
    if (deliveries < options.leastDeliveries()) {
      failures.add(
          "%d deliveries, at least %d were due".formatted(deliveries, options.leastDeliveries()));
    }
    return failures;
  }

  private Map<String, Long> promise() {
    Map<String, Long> promise = new LinkedHashMap<>();
    promise.put("lost", verdict.count(Kind.LOST_SEND, Kind.LOST_DELIVERY, Kind.HOLE));
    promise.put("duplicated", verdict.count(Kind.DUPLICATED_SEND, Kind.DUPLICATED_DELIVERY));
    promise.put("reordered", verdict.count(Kind.REORDERED_SEND, Kind.REORDERED_DELIVERY));
    promise.put("reset", verdict.count(Kind.RESET));
    promise.put("failed sends", verdict.count(Kind.FAILED_SEND));
    promise.put("other", verdict.count(Kind.INVENTED, Kind.MISBEHAVIOUR));
    return promise;
  }

  /** For people. */
  String text() {
    StringBuilder text = new StringBuilder();
    line(text, "seed", options.seed());
    line(text, "seconds", seconds);
    line(text, "acknowledged", acknowledged);
    line(text, "  of them of tasks and links", acknowledgedTasks);
    line(text, "deliveries", deliveries);
    promise().forEach((name, count) -> line(text, name, count));
    line(text, "connections", connections);
    line(text, "ended by code", goodbyes.codes());
    line(text, "1012 announced by goingAway", goodbyes.announced());
    line(text, "node starts repeated", refusedStarts);
    text.append("\nfaults\n");
    for (FaultKind kind : FaultKind.values()) {
      line(text, "  " + kind.text(), faults.count(kind));
    }
    text.append("\nms from commit to delivery             count     p50     p99   worst\n");
    latencies
        .named()
        .forEach(
            (name, sample) ->
                text.append(
                    "  %-42s%10d%8d%8d%8d%s%n"
                        .formatted(
                            name,
                            sample.count(),
                            sample.quantile(0.5),
                            sample.quantile(0.99),
                            sample.worst(),
                            sample.count() == 0 ? "" : "  " + sample.where())));
    if (!verdict.details().isEmpty()) {
      text.append("\nfindings\n");
      verdict.details().forEach(detail -> text.append("  ").append(detail).append('\n'));
    }
    List<String> failures = failures();
    text.append(failures.isEmpty() ? "\nGOOD\n" : "\nNOT GOOD: " + failures + "\n");
    return text.toString();
  }

  private static void line(StringBuilder text, String name, Object value) {
    text.append("%-42s%s%n".formatted(name, value));
  }

  /** For programs. */
  String json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("seed", options.seed());
    json.put("seconds", seconds);
    json.put("good", failures().isEmpty());
    json.put("failures", failures());
    json.put("acknowledged", acknowledged);
    json.put("acknowledgedTasks", acknowledgedTasks);
    json.put("deliveries", deliveries);
    json.putAll(promise());
    json.put("connections", connections);
    Map<String, Long> codes = new LinkedHashMap<>();
    goodbyes.codes().forEach((code, count) -> codes.put(code.toString(), count.get()));
    json.put("closeCodes", codes);
    json.put("announced", goodbyes.announced());
    json.put("repeatedStarts", refusedStarts);
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (FaultKind kind : FaultKind.values()) {
      counts.put(kind.name(), faults.count(kind));
    }
    json.put("faults", counts);
    Map<String, Object> millis = new LinkedHashMap<>();
    latencies.named().forEach((name, sample) -> millis.put(name, sample.json()));
    json.put("latency", millis);
    json.put("findings", verdict.details());
    return Link.json(json) + "\n";
  }
}
