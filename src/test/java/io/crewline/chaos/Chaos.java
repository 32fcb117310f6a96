package io.crewline.chaos;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.Random;

/**
 * The command: {@code --minutes N} or {@code --seconds N}, {@code --seed S}, {@code --directory D}
 * for logs and data, {@code --results F} for one more copy of the report. Exit code 0 means that
 * nothing was lost, repeated, reordered or reset and that every minimum was met.
 */
public final class Chaos {
  private Chaos() {}

  public static void main(String[] arguments) throws Exception {
    Duration duration = Duration.ofMinutes(30);
    long seed = new Random().nextInt(1_000_000);
    Path directory = Path.of("target", "chaos");
    Path results = null;
    for (int i = 0; i < arguments.length; i += 2) {
      if (i + 1 == arguments.length) {
        throw new IllegalArgumentException(arguments[i] + " needs a value");
      }
      String value = arguments[i + 1];
      switch (arguments[i]) {
        case "--minutes" -> duration = Duration.ofMinutes(Long.parseLong(value));
        case "--seconds" -> duration = Duration.ofSeconds(Long.parseLong(value));
        case "--seed" -> seed = Long.parseLong(value);
        case "--directory" -> directory = Path.of(value);
        case "--results" -> results = Path.of(value);
        default ->
            throw new IllegalArgumentException(
                "'" + arguments[i] + "' is none of --minutes, --seconds, --seed");
      }
    }
    ChaosReport report =
        ChaosRun.run(
            ChaosOptions.of(duration, seed, directory.toAbsolutePath()),
            line ->
                System.out.println(LocalTime.now().truncatedTo(ChronoUnit.SECONDS) + " " + line));
    System.out.println();
    System.out.print(report.text());
    if (results != null) {
      Files.createDirectories(results.toAbsolutePath().getParent());
      Files.copy(directory.resolve("report.json"), results, StandardCopyOption.REPLACE_EXISTING);
    }
    System.exit(report.failures().isEmpty() ? 0 : 1);
  }
}
