package io.crewline.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** Every connection that a client had: to which node, and since when. Thread-safe. */
final class Connections implements AutoCloseable {
  private final Longs nodes = new Longs();
  private final Longs since = new Longs();
  private final Writer log;

  /**
   * @param file where the clients' doings are written down, for a fault to be found
   */
  Connections(Path file) {
    try {
      log = Files.newBufferedWriter(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A connection that is ready: its {@code connected} has just come. Returns its number. */
  synchronized int add(String client, int node) {
    nodes.add(node);
    since.add(System.currentTimeMillis());
    note(client, "connected to node " + node + " as connection " + (nodes.size() - 1));
    return nodes.size() - 1;
  }

  synchronized int node(int connection) {
    return (int) nodes.get(connection);
  }

  /** In milliseconds since 1970. */
  synchronized long since(int connection) {
    return since.get(connection);
  }

  synchronized int count() {
    return nodes.size();
  }

  synchronized void note(String client, String what) {
    try {
      log.write(Instant.now() + " " + client + " " + what + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void close() {
    try {
      log.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
