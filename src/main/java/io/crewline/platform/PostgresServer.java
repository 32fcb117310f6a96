package io.crewline.platform;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the programs of PostgreSQL on one database cluster. The server listens on loopback only, has
 * no Unix socket and asks everybody for the password (SCRAM-SHA-256), whatever the cluster was made
 * with.
 *
 * <p>It is started by {@code pg_ctl}, so that it has a session of its own: a Ctrl-C in the terminal
 * of the node must not end it before the node is done.
 */
final class PostgresServer {
  static final String USER = "postgres";

  private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);
  private static final Duration START = Duration.ofSeconds(90);
  private static final Duration STOP = Duration.ofSeconds(5);
  private static final Duration MARGIN = Duration.ofSeconds(30);
  private static final int PORTS = 5;
  private static final String CLUSTER = "postgres";
  private static final String NEW_CLUSTER = "postgres.new";

  private static final String OPTIONS =
      String.join(
          " ",
          "-c timezone=UTC",
          "-c fsync=on",
          "-c synchronous_commit=on",
          "-c max_connections=120",
          "-c listen_addresses=127.0.0.1",
          "-c unix_socket_directories=",
          "-c password_encryption=scram-sha-256",
          // Neither statements nor what users typed into them.
          "-c log_min_messages=log",
          "-c log_checkpoints=off");

  private static final String ACCESS_RULES =
      """
      # Written by Crewline with each start.
      host all all 127.0.0.1/32 scram-sha-256
      """;

  private final DataDirectory directory;
  private final Path programs;
  private final Path cluster;
  private final Path log;

  /**
   * @param programs the folder of {@link PostgresBinaries}
   */
  PostgresServer(DataDirectory directory, Path programs) throws IOException {
    this.directory = directory;
    this.programs = programs;
    this.cluster = directory.folder(CLUSTER);
    this.log = directory.newFile("postgres.log");
  }

  /** Creates the cluster unless there is one: as a whole, also when this process is killed. */
  void createCluster(Path passwordFile) throws IOException {
    if (Files.exists(cluster.resolve("PG_VERSION"))) {
      return;
    }
    Path draft = directory.folder(NEW_CLUSTER);
    directory.delete(draft);
    run(
        START,
        "",
        program("initdb"),
        "--auth=scram-sha-256",
        "--username=" + USER,
        "--pwfile=" + passwordFile,
        "--encoding=UTF-8",
        "--locale=C.UTF-8",
        "--pgdata=" + draft);
    Files.deleteIfExists(cluster);
    Files.move(draft, cluster, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Starts the server. Returns its port. */
  int start() throws IOException {
    Files.writeString(directory.newFile(CLUSTER + "/pg_hba.conf"), ACCESS_RULES);
    // A lock of the launcher that former versions used.
    Files.deleteIfExists(cluster.resolve("epg-lock"));
    for (int attempt = 1; ; attempt++) {
      int port = freePort();
      try {
        run(
            START.plus(MARGIN),
            "",
            program("pg_ctl"),
            "--pgdata=" + cluster,
            "--wait",
            "--timeout=" + START.toSeconds(),
            "--options=-p " + port + ' ' + OPTIONS,
            "start");
        return port;
      } catch (IOException e) {
        // Somebody may have taken the port in between.
        if (attempt == PORTS || !Files.readString(log).contains("Address already in use")) {
          throw e;
        }
        LOG.debug("PostgreSQL did not start on port {}", port, e);
      }
    }
  }

  /** Stops the server; its clients are cut. */
  void stop() throws IOException {
    run(
        STOP.plus(MARGIN),
        "",
        program("pg_ctl"),
        "--pgdata=" + cluster,
        "--mode=fast",
        "--wait",
        "--timeout=" + STOP.toSeconds(),
        "stop");
  }

  /** Sets the password of the only user, while the server does not run. */
  void setPassword(String password) throws IOException {
    run(
        START,
        "ALTER ROLE %s LOGIN PASSWORD '%s'\n".formatted(USER, password.replace("'", "''")),
        program("postgres"),
        "--single",
        "-D",
        cluster.toString(),
        "-c",
        "password_encryption=scram-sha-256",
        "postgres");
  }

  private String program(String name) {
    return programs.resolve("bin").resolve(name).toString();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void run(Duration limit, String input, String... command) throws IOException {
    List<String> line = new ArrayList<>();
    if (mustLeaveRoot()) {
      line.addAll(List.of("unshare", "-U"));
    }
    line.addAll(List.of(command));
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    // Neither secrets of ours nor what may change how the programs behave.
    builder
        .environment()
        .keySet()
        .removeIf(
            name -> name.startsWith("CREWLINE_") || name.startsWith("PG") || name.endsWith("_URL"));
    Process process = builder.start();
    try {
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      }
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new IOException(command[0] + " does not end, see " + log);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + command[0] + " runs", e);
    }
    if (process.exitValue() != 0) {
      throw new IOException(command[0] + " ends with " + process.exitValue() + ": " + lastWords());
    }
  }

  private String lastWords() throws IOException {
    List<String> lines = Files.readAllLines(log).stream().filter(line -> !line.isBlank()).toList();
    return lines.reversed().stream()
        .filter(line -> line.contains("FATAL:") || line.contains("error:"))
        .findFirst()
        .orElse(lines.isEmpty() ? "no reason given" : lines.getLast());
  }

  /**
   * PostgreSQL refuses to run as root. In a user namespace of its own it sees another user, while
   * its files stay root's.
   */
  private boolean mustLeaveRoot() throws IOException {
    return directory.isRoot() && System.getProperty("os.name", "").startsWith("Linux");
  }
}
