package io.crewline.platform;

import io.crewline.platform.Settings.DatabaseAddress;
import io.crewline.platform.Settings.SettingsException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The PostgreSQL server that a node runs for itself when no {@code DATABASE_URL} is set: real, with
 * its data in the data directory, durable (fsync and synchronous commit are on) and open to this
 * machine's loopback only, by password.
 *
 * <p>A node that is killed leaves its server running. The next start on the same directory stops
 * that orphan before it starts its own; a lock on the directory, which ends with the process that
 * holds it, keeps a second live node away.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedDatabase.class);
  private static final Duration STOP_ORPHAN = Duration.ofSeconds(20);
  private static final Duration START = Duration.ofSeconds(90);

  private final EmbeddedPostgres server;
  private final DatabaseAddress address;
  private final FileChannel lock;

  private EmbeddedDatabase(EmbeddedPostgres server, DatabaseAddress address, FileChannel lock) {
    this.server = server;
    this.address = address;
    this.lock = lock;
  }

  /**
   * Starts the server on a directory, which is created when missing.
   *
   * @throws SettingsException when another live node uses the directory or it cannot be written
   */
  public static EmbeddedDatabase start(Path directory) {
    FileChannel lock = null;
    try {
      Files.createDirectories(directory);
      lock = lock(directory);
      Path cluster = directory.resolve("postgres");
      stopOrphan(cluster.resolve("postmaster.pid"));
      String password = secret(directory, "postgres.password");
      EmbeddedPostgres server =
          EmbeddedPostgres.builder()
              .setOverrideWorkingDirectory(directory.resolve("postgres-binaries").toFile())
              .setDataDirectory(cluster)
              .setCleanDataDirectory(false)
              .setRegisterShutdownHook(false)
              .setPGStartupWait(START)
              .setLocaleConfig("auth-host", "scram-sha-256")
              .setLocaleConfig("pwfile", directory.resolve("postgres.password").toString())
              .setLocaleConfig("locale", "C.UTF-8")
              .setConnectConfig("password", password)
              // The library starts the server with -F, for throw-away databases; ours is kept.
              .setServerConfig("fsync", "on")
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("max_connections", "120")
              .setServerConfig("listen_addresses", "127.0.0.1")
              .start();
      DatabaseAddress address =
          new DatabaseAddress(
              "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres",
              "postgres",
              password);
      return new EmbeddedDatabase(server, address, lock);
    } catch (IOException | IllegalStateException e) {
      closeQuietly(lock);
      throw new SettingsException(
          "CREWLINE_DATA_DIR is "
              + directory
              + " and PostgreSQL does not start on it ("
              + e.getMessage()
              + "): make it writable, or name another folder, or set DATABASE_URL");
    } catch (SettingsException e) {
      closeQuietly(lock);
      throw e;
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
      server.close();
    } catch (IOException e) {
      LOG.warn("The embedded PostgreSQL did not stop cleanly; the next start will recover it", e);
    } finally {
      closeQuietly(lock);
    }
  }

  /** A random secret that the directory keeps in a file which only its owner may read. */
  public static String secret(Path directory, String name) {
    Path file = directory.resolve(name);
    try {
      Files.createDirectories(directory);
      if (!Files.exists(file)) {
        byte[] bytes = new byte[36];
        new SecureRandom().nextBytes(bytes);
        Path draft = Files.createTempFile(directory, name, ".tmp");
        if (Files.getFileStore(draft).supportsFileAttributeView("posix")) {
          Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rw-------"));
        }
        Files.writeString(draft, Base64.getUrlEncoder().encodeToString(bytes));
        Files.move(draft, file);
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new SettingsException(
          "CREWLINE_DATA_DIR is "
              + directory
              + " and cannot be used ("
              + e
              + "): make it writable");
    }
  }

  @SuppressWarnings("resource") // the channel is the lock; close() ends it
  private static FileChannel lock(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("crewline.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    FileLock held;
    try {
      held = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      held = null;
    }
    if (held == null) {
      channel.close();
      throw new SettingsException(
          "CREWLINE_DATA_DIR is "
              + directory
              + " and another Crewline uses it: stop that one, or name another folder");
    }
    return channel;
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
