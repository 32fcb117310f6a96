package io.crewline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code .ci/summary} names what was skipped, and says when that must not be. */
final class CiSummaryTest {
  @TempDir private Path reports;

  private record Summary(String lastLine, int exitCode) {}

  @BeforeEach
  void report() throws IOException {
    write("ATest", "<testcase name='a' classname='io.crewline.ATest'/>", 0, 0);
  }

  @Test
  void withoutSkippedTestsTheLastLineHasNumbersOnly() throws Exception {
    assertThat(summary("redis")).isEqualTo(new Summary("ci: 1 tests, 0 failed, 0 skipped", 0));
  }

  @Test
  void aClassThatWasSkippedForWhatIsMissingIsNamed() throws Exception {
    write("attachment.S3StorageIT", skipped("attachment.S3StorageIT", ""), 0, 1);
    write(
        "realtime.redis.RedisTlsIT",
        skipped("realtime.redis.RedisTlsIT", "x") + skipped("realtime.redis.RedisTlsIT", "y"),
        0,
        2);
    assertThat(summary("browser"))
        .isEqualTo(
            new Summary(
                "ci: 4 tests, 0 failed, 3 skipped: RedisTlsIT (2, needs redis),"
                    + " S3StorageIT (1, needs s3)",
                0));
  }

  @Test
  void aClassThatWasSkippedAlthoughAllIsThereFailsTheRun() throws Exception {
    write("realtime.redis.RedisTlsIT", skipped("realtime.redis.RedisTlsIT", "x"), 0, 1);
    assertThat(summary("browser redis"))
        .isEqualTo(new Summary("ci: 2 tests, 0 failed, 1 skipped: RedisTlsIT (1, needs redis)", 1));
  }

  @Test
  void aClassThatNobodyKnowsToBeSkippedFailsTheRun() throws Exception {
    write("NewIT", skipped("NewIT", "x"), 0, 1);
    assertThat(summary(""))
        .isEqualTo(new Summary("ci: 2 tests, 0 failed, 1 skipped: NewIT (1)", 1));
  }

  @Test
  void aFailedTestFailsTheRun() throws Exception {
    write("BTest", "<testcase name='b' classname='io.crewline.BTest'/>", 1, 0);
    assertThat(summary("")).isEqualTo(new Summary("ci: 2 tests, 1 failed, 0 skipped", 1));
  }

  @Test
  void noReportsFailTheRun() throws Exception {
    Files.delete(reports.resolve("TEST-ATest.xml"));
    assertThat(summary("").exitCode()).isEqualTo(1);
  }

  private static String skipped(String testClass, String name) {
    return "<testcase name='%s' classname='io.crewline.%s'>\n<skipped message='x'/>\n</testcase>\n"
        .formatted(name, testClass);
  }

  /** A report as Surefire writes it. */
  private void write(String testClass, String cases, int failed, int skipped) throws IOException {
    int tests = cases.split("<testcase ", -1).length - 1;
    String suite =
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuite name='io.crewline.%s' time='1.5' tests='%d' errors='0' skipped='%d' failures='%d'>
        %s
        </testsuite>
        """
            .formatted(testClass, tests, skipped, failed, cases);
    Files.writeString(reports.resolve("TEST-" + testClass + ".xml"), suite.replace('\'', '"'));
  }

  private Summary summary(String has) throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", ".ci/summary"));
    try (var files = Files.newDirectoryStream(reports, "TEST-*.xml")) {
      files.forEach(file -> command.add(file.toString()));
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("CI_HAS", has);
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Summary(out.strip().lines().reduce("", (first, last) -> last), process.waitFor());
  }
}
