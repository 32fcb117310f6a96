package io.crewline.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.crewline.platform.Settings.DatabaseAddress;
import io.crewline.platform.Settings.SettingsException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What other users of the machine can do with the embedded database: nothing. */
final class EmbeddedDatabaseAccessTest {
  private static final int NOBODY = 65_534;

  /** Its parents belong to the same user and are open to everyone, as those of a service may be. */
  @TempDir Path parent;

  @Test
  void onlyThePasswordOpensItAndOnlyOverLoopback() throws Exception {
    Path directory = parent.resolve("data");
    try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
      String url = database.address().jdbcUrl();
      assertThatThrownBy(() -> DriverManager.getConnection(url, "postgres", "wrong").close())
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("password authentication failed");
      assertThatThrownBy(() -> DriverManager.getConnection(url, "postgres", null).close())
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("password");
      assertThat(column(database.address(), "SHOW unix_socket_directories")).containsExactly("");
      assertThat(column(database.address(), "SHOW listen_addresses")).containsExactly("127.0.0.1");
      assertThat(
              column(
                  database.address(), "SELECT DISTINCT type || auth_method FROM pg_hba_file_rules"))
          .containsExactly("hostscram-sha-256");
      assertThat(column(database.address(), "SELECT left(rolpassword, 13) FROM pg_authid"))
          .filteredOn(verifier -> verifier != null)
          .containsExactly("SCRAM-SHA-256");
    }
  }

  @Test
  void nobodyElseCanReadOrWriteAnythingInTheDataDirectory() throws Exception {
    Path directory = Files.createDirectory(parent.resolve("data"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
      assertThat(openToOthers(directory)).isEmpty();
      assertThat(database.address().password()).hasSizeGreaterThanOrEqualTo(32);
    }
  }

  @Test
  void anotherUserOfTheMachineSeesNothing() throws Exception {
    assumeTrue(isRoot() && runs("setpriv", "--version"), "needs root and setpriv");
    openParents();
    Path directory = parent.resolve("data");
    try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
      Files.writeString(parent.resolve("open"), "");
      assertThat(asNobody("ls", parent.toString())).isZero();
      assertThat(asNobody("ls", directory.toString())).isNotZero();
      assertThat(asNobody("cat", directory.resolve("postgres.password").toString())).isNotZero();
      for (String folder : List.of(".", "postgres", "postgres-binaries")) {
        assertThat(asNobody("touch", directory.resolve(folder).resolve("planted").toString()))
            .describedAs(folder)
            .isNotZero();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"trust", "md5"})
  void theDataOfAFormerVersionIsKeptAndClosed(String method) throws Exception {
    Path directory = Files.createDirectory(parent.resolve("data"));
    Path binaries = directory.resolve("postgres-binaries");
    if (method.equals("md5")) {
      Files.writeString(directory.resolve("postgres.password"), "of-the-former-version");
    }
    EmbeddedPostgres.Builder former =
        EmbeddedPostgres.builder()
            .setOverrideWorkingDirectory(binaries.toFile())
            .setDataDirectory(directory.resolve("postgres"))
            .setCleanDataDirectory(false)
            .setServerConfig("password_encryption", "md5");
    try (EmbeddedPostgres server = former.start();
        Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE kept AS SELECT 42 AS answer");
      statement.execute("ALTER ROLE postgres PASSWORD 'of-the-former-version'");
    }
    Path rules = directory.resolve("postgres/pg_hba.conf");
    Files.writeString(
        rules, "local all all trust\nhost all all 127.0.0.1/32 %s\n".formatted(method));
    try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
      assertThat(column(database.address(), "SELECT answer FROM kept")).containsExactly("42");
      assertThat(Files.readString(rules)).doesNotContain("trust", "md5");
      assertThatThrownBy(
              () ->
                  DriverManager.getConnection(database.address().jdbcUrl(), "postgres", "x")
                      .close())
          .hasMessageContaining("password authentication failed");
      assertThat(openToOthers(directory)).isEmpty();
    }
    try (EmbeddedDatabase again = EmbeddedDatabase.start(directory)) {
      assertThat(column(again.address(), "SELECT answer FROM kept")).containsExactly("42");
    }
  }

  @Test
  void aProgramThatIsNotTheOneOfTheReleaseIsNeverRun() throws Exception {
    Path directory = parent.resolve("data");
    EmbeddedDatabase.start(directory).close();
    Path proof = parent.resolve("planted-program-ran");
    List<Path> programs = programs(directory);
    assertThat(programs).extracting(each -> each.getFileName().toString()).contains("postgres");
    for (Path program : programs) {
      Files.delete(program);
      Files.writeString(program, "#!/bin/sh\ntouch " + proof + "\nexit 1\n");
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }
    try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
      assertThat(column(database.address(), "SELECT 1")).containsExactly("1");
    }
    assertThat(proof).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "postgres-binaries", "postgres.password"})
  void aLinkInTheDataDirectoryIsRefused(String name) throws Exception {
    Path directory = Files.createDirectory(parent.resolve("data"));
    Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
    Files.createSymbolicLink(directory.resolve(name), elsewhere);
    assertThatThrownBy(() -> EmbeddedDatabase.start(directory).close())
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("CREWLINE_DATA_DIR")
        .hasMessageContaining(directory.resolve(name).toString())
        .hasMessageContaining("link");
    try (Stream<Path> files = Files.list(elsewhere)) {
      assertThat(files).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "postgres", "postgres-binaries", "postgres.password"})
  void whatBelongsToAnotherUserIsRefused(String name) throws Exception {
    assumeTrue(isRoot(), "needs root");
    Path directory = Files.createDirectory(parent.resolve("data"));
    Path foreign = directory.resolve(name).normalize();
    if (!foreign.equals(directory)) {
      Files.createDirectory(foreign);
    }
    Files.setAttribute(foreign, "unix:uid", NOBODY);
    assertThatThrownBy(() -> EmbeddedDatabase.start(directory).close())
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("CREWLINE_DATA_DIR")
        .hasMessageContaining(foreign.toString())
        .hasMessageContaining("belongs to");
  }

  @Test
  void secretsThatOthersCouldReadAreClosed() throws Exception {
    Path file = Files.writeString(parent.resolve("secret.key"), "s".repeat(48));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(EmbeddedDatabase.secret(parent, "secret.key")).isEqualTo("s".repeat(48));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void aSecretThatWasCutShortIsMadeAnew() throws Exception {
    Files.writeString(parent.resolve("secret.key"), "");
    assertThat(EmbeddedDatabase.secret(parent, "secret.key")).hasSizeGreaterThanOrEqualTo(32);
  }

  private static List<String> openToOthers(Path directory) throws IOException {
    List<String> open = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(each -> !Files.isSymbolicLink(each)).toList()) {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        String text = PosixFilePermissions.toString(permissions);
        if (!text.endsWith("------")) {
          open.add(text + " " + directory.relativize(file));
        }
      }
    }
    return open;
  }

  private static List<Path> programs(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("postgres-binaries"))) {
      return files
          .filter(file -> Files.isRegularFile(file) && file.toString().contains("/bin/"))
          .toList();
    }
  }

  private void openParents() throws IOException {
    Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static boolean isRoot() throws IOException {
    Path probe = Files.createTempFile("owner", "");
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(probe, "unix:uid"));
    } finally {
      Files.delete(probe);
    }
  }

  private static int asNobody(String... command) throws Exception {
    List<String> full =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "--"));
    full.addAll(List.of(command));
    return exitCode(full);
  }

  private static boolean runs(String... command) throws InterruptedException {
    try {
      return exitCode(List.of(command)) == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static int exitCode(List<String> command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private static List<@Nullable String> column(DatabaseAddress address, String sql)
      throws SQLException {
    Properties login = new Properties();
    login.setProperty("user", String.valueOf(address.username()));
    login.setProperty("password", String.valueOf(address.password()));
    List<@Nullable String> values = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(address.jdbcUrl(), login);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }
}
