import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The yardstick: what the same server commits, one row for each commit, at its best. */
final class Pgbench {
  private static final Pattern TPS = Pattern.compile("(?m)^tps = ([0-9.]+)");

  private Pgbench() {}

  static void prepare(Postgres postgres) {
    postgres.update("CREATE TABLE IF NOT EXISTS bench_row (id bigserial PRIMARY KEY, payload text NOT NULL)");
  }

  /** Commits per second of {@code clients} connections that insert rows of {@code bytes} bytes. */
  static double run(Postgres postgres, Path directory, int clients, int bytes, int seconds) {
    Process process = null;
    try {
      Path script = directory.resolve("insert.sql");
      Files.writeString(
          script, "INSERT INTO bench_row (payload) VALUES ('" + "x".repeat(bytes) + "');\n");
      Path output = directory.resolve("pgbench.log");
      ProcessBuilder builder =
          new ProcessBuilder(
                  List.of(
                      System.getenv().getOrDefault("BENCH_PGBENCH", "pgbench"),
                      "-n",
                      "-h",
                      postgres.host,
                      "-p",
                      Integer.toString(postgres.port),
                      "-U",
                      postgres.username,
                      "-c",
                      Integer.toString(clients),
                      "-j",
                      "2",
                      "-M",
                      "prepared",
                      "-T",
                      Integer.toString(seconds),
                      "-f",
                      script.toString(),
                      postgres.database))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().put("PGPASSWORD", postgres.password);
      process = builder.start();
      if (!process.waitFor(seconds + 30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("pgbench did not end");
      }
      String text = Files.readString(output, StandardCharsets.UTF_8);
      Matcher tps = TPS.matcher(text);
      if (process.exitValue() != 0 || !tps.find()) {
        throw new IllegalStateException("pgbench failed:\n" + text);
      }
      return Double.parseDouble(tps.group(1));
    } catch (IOException e) {
      throw new IllegalStateException("pgbench could not be run: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    } finally {
      if (process != null && process.isAlive()) {
        process.destroyForcibly();
      }
    }
  }
}
