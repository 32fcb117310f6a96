package io.crewline.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The short form of the chaos run. */
final class ChaosIT {
  @Test
  @Timeout(900)
  void nothingIsLostRepeatedOrReorderedWhileEverythingFails() throws Exception {
    long seed = Long.getLong("chaos.seed", new Random().nextInt(1_000_000));
    ChaosReport report =
        ChaosRun.run(
            ChaosOptions.of(
                Duration.ofSeconds(80), seed, Path.of("target", "chaos-" + seed).toAbsolutePath()),
            line -> {});
    System.out.println(report.text());
    assertThat(report.failures()).as(report.text()).isEmpty();
  }
}
