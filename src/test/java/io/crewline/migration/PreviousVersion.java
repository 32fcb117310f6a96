package io.crewline.migration;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The version that a deploy would replace, built from the history of this repository: the newest
 * release (a tag {@code v…}), or without one the commit before the newest migration. {@code
 * -Dcrewline.previous=<commit>} names another.
 */
final class PreviousVersion {
  private static final String MIGRATIONS = "src/main/resources/db/migration";
  private static final long BUILD_MINUTES = 8;

  private PreviousVersion() {}

  /** Its jar. Skips the test, with the reason, where there is no history or no older version. */
  static Path jar() throws IOException, InterruptedException {
    String commit = commit();
    Path folder = Path.of("target", "previous-version", commit).toAbsolutePath();
    Path jar = folder.resolve("target").resolve("crewline.jar");
    if (!Files.exists(jar)) {
      Files.createDirectories(folder);
      Path archive = folder.resolveSibling(commit + ".tar");
      git("archive", "-o", archive.toString(), commit);
      Output unpacked =
          run(Path.of("."), "tar", "-xf", archive.toString(), "-C", folder.toString());
      Output built = unpacked.code() == 0 ? build(folder, "-o") : unpacked;
      if (built.code() != 0) {
        // What it depends on may have changed since: then the registry is asked.
        built = build(folder, "-U");
      }
      if (built.code() != 0) {
        throw new AssertionError("version " + commit + " cannot be built:\n" + built.text());
      }
    }
    return jar;
  }

  private static Output build(Path folder, String mode) throws IOException, InterruptedException {
    return run(
        folder,
        "./mvnw",
        "-q",
        "-B",
        "-ntp",
        mode,
        "package",
        "-Dmaven.test.skip=true",
        "-Dformat.phase=none");
  }

  private static String commit() throws IOException, InterruptedException {
    String named = System.getProperty("crewline.previous", "");
    if (!named.isEmpty()) {
      return git("rev-parse", named + "^{commit}");
    }
    assumeTrue(
        run(Path.of("."), "git", "rev-parse", "HEAD").code() == 0,
        "there is no git history here, so no previous version can be built");
    assumeTrue(
        git("rev-parse", "--is-shallow-repository").equals("false"),
        "the git history is cut off (shallow clone), so no previous version can be built");
    Output tag = run(Path.of("."), "git", "describe", "--tags", "--abbrev=0", "--match", "v*");
    if (tag.code() == 0) {
      return git("rev-parse", tag.text() + "^{commit}");
    }
    String newest = newestMigration();
    assumeTrue(!newest.startsWith("V1__"), "there is only one migration, hence no version before");
    // First parents only: what matters is when the main line got the file.
    String added =
        git(
            "log",
            "-1",
            "--first-parent",
            "-m",
            "--diff-filter=A",
            "--format=%H",
            "--",
            MIGRATIONS + "/" + newest);
    return git("rev-parse", added.isEmpty() ? "HEAD" : added + "^1");
  }

  private static String newestMigration() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(MIGRATIONS))) {
      return files
          .map(file -> file.getFileName().toString())
          .max(
              java.util.Comparator.comparingInt(
                  name -> Integer.parseInt(name.substring(1, name.indexOf('_')))))
          .orElseThrow();
    }
  }

  private record Output(int code, String text) {}

  private static String git(String... arguments) throws IOException, InterruptedException {
    Output output =
        run(
            Path.of("."),
            Stream.concat(Stream.of("git"), Stream.of(arguments)).toArray(String[]::new));
    if (output.code() != 0) {
      throw new AssertionError(List.of(arguments) + " failed: " + output.text());
    }
    return output.text();
  }

  private static Output run(Path folder, String... command)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile("previous-version", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(BUILD_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError(List.of(command) + " did not end");
      }
      return new Output(process.exitValue(), Files.readString(log, StandardCharsets.UTF_8).strip());
    } catch (IOException e) {
      return new Output(127, e.toString());
    } finally {
      Files.delete(log);
    }
  }
}
