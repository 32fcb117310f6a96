import io.crewline.platform.EmbeddedDatabase;
import io.crewline.platform.Settings.DatabaseAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The database server of a run, with a database of its own in it: the one that {@code DATABASE_URL}
 * names, or a throw-away one from the binaries in the jar, set up as Crewline itself sets it up.
 */
final class Postgres implements AutoCloseable {
  private static final List<String> SHOWN =
      List.of(
          "server_version",
          "fsync",
          "synchronous_commit",
          "full_page_writes",
          "wal_sync_method",
          "shared_buffers",
          "max_connections");

  private final EmbeddedDatabase embedded;
  private final Path pidFile;
  private final String adminUrl;
  final String host;
  final int port;
  final String username;
  final String password;
  final String database = "crewline_bench_" + ProcessHandle.current().pid();

  private Postgres(
      EmbeddedDatabase embedded,
      Path pidFile,
      String host,
      int port,
      String maintenance,
      String username,
      String password) {
    this.embedded = embedded;
    this.pidFile = pidFile;
    this.host = host;
    this.port = port;
    this.username = username;
    this.password = password;
    this.adminUrl = "jdbc:postgresql://" + host + ":" + port + "/" + maintenance;
    update(adminUrl, "CREATE DATABASE " + database);
  }

  static Postgres start(Path directory, String givenUrl) {
    if (givenUrl == null || givenUrl.isBlank()) {
      EmbeddedDatabase embedded = EmbeddedDatabase.start(directory.resolve("postgres"));
      try {
        DatabaseAddress address = embedded.address();
        URI uri = URI.create(address.jdbcUrl().substring("jdbc:".length()));
        return new Postgres(
            embedded,
            directory.resolve("postgres/postgres/postmaster.pid"),
            uri.getHost(),
            uri.getPort(),
            "postgres",
            address.username(),
            address.password());
      } catch (RuntimeException e) {
        embedded.close();
        throw e;
      }
    }
    URI uri = URI.create(givenUrl);
    if (uri.getHost() == null || uri.getUserInfo() == null || uri.getPath().length() < 2) {
      throw new IllegalArgumentException(
          "DATABASE_URL must be postgres://user:password@host:port/database");
    }
    String[] user = uri.getRawUserInfo().split(":", 2);
    return new Postgres(
        null,
        directory,
        uri.getHost(),
        uri.getPort() < 0 ? 5432 : uri.getPort(),
        uri.getPath().substring(1),
        decode(user[0]),
        user.length < 2 ? "" : decode(user[1]));
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** What Crewline's {@code DATABASE_URL} is set to. */
  String url() {
    return "postgres://%s:%s@%s:%d/%s"
        .formatted(
            java.net.URLEncoder.encode(username, StandardCharsets.UTF_8),
            java.net.URLEncoder.encode(password, StandardCharsets.UTF_8),
            host,
            port,
            database);
  }

  boolean throwAway() {
    return embedded != null;
  }

  /**
   * CPU time of all server processes that serve connections now, in seconds; 0 for a given server,
   * which may be elsewhere.
   */
  double cpuSeconds() {
    if (embedded == null) {
      return 0;
    }
    long server;
    try {
      // It is no child of this process: pg_ctl has started it and gone.
      server = Long.parseLong(Files.readAllLines(pidFile).getFirst().strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ProcessHandle.of(server).stream()
            .flatMap(ProcessHandle::descendants)
            .mapToLong(process -> process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos())
            .sum()
        / 1e9;
  }

  /** The settings that decide what a commit costs. */
  Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String name : SHOWN) {
      settings.put(name, rows("SHOW " + name).getFirst().getFirst());
    }
    return settings;
  }

  /** Transactions so far, as the server has counted them. */
  long transactions() {
    return Long.parseLong(
        rows(
                "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '"
                    + database
                    + "'")
            .getFirst()
            .getFirst());
  }

  void update(String sql) {
    update(adminUrl.substring(0, adminUrl.lastIndexOf('/') + 1) + database, sql);
  }

  private void update(String url, String sql) {
    try (Connection connection = DriverManager.getConnection(url, username, password);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql + ": " + e.getMessage(), e);
    }
  }

  List<List<String>> rows(String sql) {
    String url = adminUrl.substring(0, adminUrl.lastIndexOf('/') + 1) + database;
    try (Connection connection = DriverManager.getConnection(url, username, password);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<List<String>> rows = new ArrayList<>();
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          row.add(result.getString(i));
        }
        rows.add(row);
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException(sql + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    if (embedded != null) {
      embedded.close();
    } else {
      update(adminUrl, "DROP DATABASE IF EXISTS " + database + " WITH (FORCE)");
    }
  }
}
