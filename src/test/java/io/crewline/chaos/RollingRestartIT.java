package io.crewline.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A deploy: one node after the other drains, ends and is replaced, under load. */
final class RollingRestartIT {
  /** Acknowledgements between two restarts, so that each happens in the midst of sends. */
  private static final int SENDS = 100;

  @Test
  @Timeout(240)
  void noSendFailsAndEveryClientIsToldBeforeItsSocketCloses() throws Exception {
    Path directory = Path.of("target", "rolling-" + System.nanoTime()).toAbsolutePath();
    // No slow reader: who does not read when the node goes cannot be told.
    ChaosOptions options =
        new ChaosOptions(Duration.ZERO, 7, directory, 6, 12, false, 1, 4, 60, 2, 1, 8, Map.of(), 1);
    ChaosReport report =
        ChaosRun.run(options, (cluster, load) -> restartAll(cluster, load), line -> {});
    assertThat(report.failures()).as(report.text()).isEmpty();
    Goodbyes goodbyes = report.goodbyes();
    // Nobody was cut: all that ended before the end was closed with 1012, as announced.
    assertThat(goodbyes.codes().keySet()).as(report.text()).containsExactly(1012);
    assertThat(goodbyes.announced()).isGreaterThanOrEqualTo(options.writers() + options.readers());
  }

  private static void restartAll(Cluster cluster, Load load) {
    for (int node = 0; node < Cluster.NODES; node++) {
      load.awaitAcknowledged(SENDS);
      cluster.node(node).terminate();
      assertThat(cluster.node(node).awaitExit()).as("exit code of node " + node).isZero();
      cluster.restart(node);
      cluster.awaitReady(node);
    }
    load.awaitAcknowledged(SENDS);
  }
}
