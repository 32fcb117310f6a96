package io.crewline.platform;

import io.crewline.platform.Settings.DatabaseAddress;
import io.crewline.platform.Settings.SettingsException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The PostgreSQL server that a node runs for itself when no {@code DATABASE_URL} is set: real, with
 * its data in the data directory, durable (fsync and synchronous commit are on).
 *
 * <p>Other users of the machine cannot get at it: it listens on loopback only, by password; it has
 * no Unix socket; its folders, programs and secrets are open to their owner only (see {@link
 * DataDirectory} and {@link PostgresBinaries}). The data of versions that were less strict are kept
 * and closed with the start.
 *
 * <p>A node that is killed leaves its server running. The next start on the same directory stops
 * that orphan before it starts its own; a lock on the directory, which ends with the process that
 * holds it, keeps a second live node away.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedDatabase.class);
  private static final Duration STOP_ORPHAN = Duration.ofSeconds(20);
  private static final String PASSWORD = "postgres.password";

  private final PostgresServer server;
  private final DatabaseAddress address;
  private final FileChannel lock;

  private EmbeddedDatabase(PostgresServer server, DatabaseAddress address, FileChannel lock) {
    this.server = server;
    this.address = address;
    this.lock = lock;
  }

  /**
   * Starts the server on a directory, which is created when missing.
   *
   * @throws SettingsException when another live node uses the directory, when it or something in it
   *     belongs to another user or is a link, or when it cannot be written
   */
  public static EmbeddedDatabase start(Path path) {
    FileChannel lock = null;
    try {
      DataDirectory directory = DataDirectory.open(path);
      lock = directory.lock();
      stopOrphan(directory.folder("postgres").resolve("postmaster.pid"));
      String password = directory.secret(PASSWORD);
      PostgresServer server = new PostgresServer(directory, PostgresBinaries.provide(directory));
      server.createCluster(directory.file(PASSWORD));
      DatabaseAddress address = startServer(server, password);
      return new EmbeddedDatabase(server, address, lock);
    } catch (IOException e) {
      closeQuietly(lock);
      throw new SettingsException(
          "CREWLINE_DATA_DIR is "
              + path
              + " and PostgreSQL does not start on it ("
              + e.getMessage()
              + "): make it writable, or name another folder, or set DATABASE_URL");
    } catch (SettingsException e) {
      closeQuietly(lock);
      throw e;
    }
  }

  private static DatabaseAddress startServer(PostgresServer server, String password)
      throws IOException {
    DatabaseAddress address = addressOf(server.start(), password);
    boolean accepted = false;
    try {
      accepted = accepts(address);
    } finally {
      if (!accepted) {
        server.stop();
      }
    }
    if (accepted) {
      return address;
    }
    // Made by a version that needed no password over some ways, or hashed it by MD5.
    LOG.info("Setting the password of the embedded PostgreSQL anew");
    server.setPassword(password);
    return addressOf(server.start(), password);
  }

  private static DatabaseAddress addressOf(int port, String password) {
    return new DatabaseAddress(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres", PostgresServer.USER, password);
  }

  /** Whether the password is the right one. */
  private static boolean accepts(DatabaseAddress address) throws IOException {
    try {
      DriverManager.getConnection(address.jdbcUrl(), address.username(), address.password())
          .close();
      return true;
    } catch (SQLException e) {
      // Invalid authorization, of which a wrong password is one
      if (String.valueOf(e.getSQLState()).startsWith("28")) {
        return false;
      }
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Where the server listens. */
  public DatabaseAddress address() {
    return address;
  }

  /** Stops the server and lets the directory go. */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (IOException e) {
      LOG.warn("The embedded PostgreSQL did not stop cleanly; the next start will recover it", e);
    } finally {
      closeQuietly(lock);
    }
  }

  /**
   * A random secret that the directory keeps in a file which only its owner may read.
   *
   * @throws SettingsException when it cannot be kept, or belongs to another user
   */
  public static String secret(Path directory, String name) {
    try {
      return DataDirectory.open(directory).secret(name);
    } catch (IOException e) {
      throw new SettingsException(
          "CREWLINE_DATA_DIR is "
              + directory
              + " and cannot be used ("
              + e
              + "): make it writable");
    }
  }

  /**
   * Ends the server that a killed node left behind. SIGINT is PostgreSQL's fast shutdown, SIGTERM
   * would wait for clients. A stale file whose process id now belongs to something else is left
   * alone: PostgreSQL itself removes such a file.
   */
  private static void stopOrphan(Path pidFile) throws IOException {
    if (!Files.exists(pidFile)) {
      return;
    }
    List<String> lines = Files.readAllLines(pidFile);
    Optional<ProcessHandle> orphan =
        lines.isEmpty()
            ? Optional.empty()
            : ProcessHandle.of(Long.parseLong(lines.getFirst().strip()));
    if (orphan.isEmpty() || !isPostgres(orphan.get())) {
      return;
    }
    LOG.info("Stopping the PostgreSQL server that a killed node left behind");
    long pid = orphan.get().pid();
    if (System.getProperty("os.name", "").startsWith("Windows")) {
      orphan.get().destroyForcibly();
    } else {
      new ProcessBuilder("kill", "-INT", Long.toString(pid)).inheritIO().start();
    }
    try {
      orphan.get().onExit().get(STOP_ORPHAN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new SettingsException(
          "CREWLINE_DATA_DIR has a PostgreSQL server (process "
              + pid
              + ") that does not stop: end it and start again");
    } catch (java.util.concurrent.ExecutionException | InterruptedException e) {
      throw new IOException("interrupted while waiting for process " + pid, e);
    }
  }

  private static boolean isPostgres(ProcessHandle process) {
    return process.info().command().map(command -> command.contains("postgres")).orElse(true);
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.debug("closing the directory lock", e);
      }
    }
  }
}
