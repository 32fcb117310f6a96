package io.crewline.chaos;

import io.crewline.chaos.FaultLog.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One chaos run, from an empty directory to the report. */
final class ChaosRun {
  private static final long AROUND_MS = 10_000;
  private static final long WARM_UP_MS = 3000;

  private ChaosRun() {}

  /** What is done to the cluster while the load is on. */
  @FunctionalInterface
  interface Ordeal {
    void run(Cluster cluster, Load load);
  }

  /** Makes faults at random; writes the report into the directory. */
  static ChaosReport run(ChaosOptions options, Consumer<String> progress)
      throws IOException, SQLException {
    FaultLog faults = new FaultLog();
    List<String> surprises = new ArrayList<>();
    Ordeal chaos =
        (cluster, load) -> {
          Faults random = new Faults(cluster, load.clients(), faults, options.seed(), progress);
          random.run(System.nanoTime() + options.duration().toNanos());
          surprises.addAll(random.surprises());
        };
    return run(options, chaos, faults, surprises, progress);
  }

  /** Does something else to the cluster. */
  static ChaosReport run(ChaosOptions options, Ordeal ordeal, Consumer<String> progress)
      throws IOException, SQLException {
    return run(options, ordeal, new FaultLog(), List.of(), progress);
  }

  private static ChaosReport run(
      ChaosOptions options,
      Ordeal ordeal,
      FaultLog faults,
      List<String> surprises,
      Consumer<String> progress)
      throws IOException, SQLException {
    Files.createDirectories(options.directory());
    Goodbyes goodbyes = new Goodbyes();
    long began = System.currentTimeMillis();
    progress.accept("seed " + options.seed() + ", logs in " + options.directory());
    try (Cluster cluster = Cluster.start(options.directory());
        Connections connections = new Connections(options.directory().resolve("connections.log"))) {
      Thread onExit = new Thread(cluster::close);
      Runtime.getRuntime().addShutdownHook(onExit);
      Load load = new Load(cluster, connections, goodbyes, options);
      JournalCopy journal;
      try (load) {
        load.start();
        progress.accept("all clients are there");
        Cluster.pause(WARM_UP_MS);
        ordeal.run(cluster, load);
        for (int node = 0; node < Cluster.NODES; node++) {
          cluster.awaitReady(node);
        }
        progress.accept(
            "no more faults; %d acknowledged, %d deliveries so far"
                .formatted(load.acknowledged(), load.deliveries()));
        load.settle();
      }
      try (Connection connection = cluster.postgres().connect()) {
        journal = JournalCopy.read(connection);
      }
      Runtime.getRuntime().removeShutdownHook(onExit);
      Verdict verdict = load.verdict(journal, time -> around(faults, time));
      surprises.forEach(surprise -> verdict.add(Verdict.Kind.MISBEHAVIOUR, 1, surprise));
      if (goodbyes.unannounced() > 0) {
        verdict.add(
            Verdict.Kind.MISBEHAVIOUR, goodbyes.unannounced(), "closed with 1012 unannounced");
      }
      ChaosReport report =
          new ChaosReport(
              options,
              TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis() - began),
              load.acknowledged(),
              load.acknowledgedTasks(),
              load.deliveries(),
              connections.count(),
              cluster.refusedStarts(),
              verdict,
              faults,
              goodbyes,
              load.latencies(journal, faults));
      Files.writeString(options.directory().resolve("report.json"), report.json());
      return report;
    } finally {
      Files.write(
          options.directory().resolve("faults.log"),
          faults.all().stream().map(Fault::toString).toList());
    }
  }

  private static String around(FaultLog faults, long time) {
    List<Fault> around = faults.around(time, AROUND_MS);
    return around.isEmpty()
        ? "no fault in the 10 s before " + Instant.ofEpochMilli(time)
        : "with " + around;
  }
}
