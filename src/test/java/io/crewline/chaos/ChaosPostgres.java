package io.crewline.chaos;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server that is stopped and started again on the same data and port. Durable, as in
 * production: a crash must lose nothing that was committed.
 */
final class ChaosPostgres implements AutoCloseable {
  private final Path data;
  private final int port;
  private EmbeddedPostgres server;

  ChaosPostgres(Path directory) {
    // The library complains when a server that it is to stop has stopped already.
    if (LoggerFactory.getLogger("io.zonky") instanceof Logger logger) {
      logger.setLevel(Level.OFF);
    }
    this.data = directory.resolve("postgres");
    this.port = freePort();
    this.server = launch();
  }

  int port() {
    return port;
  }

  /** The address as {@code DATABASE_URL} wants it, by a port that leads there. */
  static String url(int port) {
    return "postgres://postgres:postgres@127.0.0.1:" + port + "/postgres";
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres", "postgres", "postgres");
  }

  /** Fast shutdown: transactions are aborted, then all is written to disk. */
  void stop() {
    end("-INT");
  }

  /** Immediate shutdown: like a crash; the next start recovers from the write-ahead log. */
  void crash() {
    end("-QUIT");
  }

  void start() {
    server = launch();
  }

  private void end(String signal) {
    try {
      long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).getFirst());
      ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
      new ProcessBuilder("kill", signal, Long.toString(pid)).start().waitFor();
      process.onExit().get(60, TimeUnit.SECONDS);
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException | TimeoutException | ExecutionException e) {
      throw new IllegalStateException("PostgreSQL does not stop", e);
    }
  }

  private EmbeddedPostgres launch() {
    try {
      return EmbeddedPostgres.builder()
          .setDataDirectory(data)
          .setCleanDataDirectory(false)
          .setPort(port)
          .setPGStartupWait(Duration.ofSeconds(90))
          .setServerConfig("max_connections", "200")
          .setServerConfig("fsync", "on")
          .setServerConfig("synchronous_commit", "on")
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
