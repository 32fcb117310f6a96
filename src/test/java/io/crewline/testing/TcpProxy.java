package io.crewline.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between a node and a server on this machine. It can swallow what both sides send without
 * closing anything, as a network does that drops packets, cut connections, and lead to another
 * server.
 */
public final class TcpProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private volatile int target;
  private volatile boolean swallowing;

  /**
   * @param target the port on the loopback interface to which connections lead
   */
  public TcpProxy(int target) {
    this.target = target;
    try {
      listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("proxy").start(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Leads new connections to another port. */
  public void target(int port) {
    target = port;
  }

  /**
   * Drops every byte from now on, in both directions, of open and of new connections. A connection
   * that this has happened to stays dead for good.
   */
  public void swallow() {
    swallowing = true;
    connections.forEach(connection -> connection.dead = true);
  }

  /** Lets new connections through again. */
  public void lift() {
    swallowing = false;
  }

  /** Closes all open connections. */
  public void cut() {
    connections.forEach(Connection::close);
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Connection connection = new Connection(listener.accept(), swallowing);
        connections.add(connection);
        connection.open();
      } catch (IOException e) {
        // closed, or the server is not there
      }
    }
  }

  private final class Connection {
    final Socket client;
    final Socket server = new Socket();
    volatile boolean dead;

    Connection(Socket client, boolean dead) {
      this.client = client;
      this.dead = dead;
    }

    void open() {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  if (!dead) {
                    server.connect(
                        new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), target));
                    Thread.ofVirtual().start(() -> pump(server, client));
                  }
                  pump(client, server);
                } catch (IOException e) {
                  close();
                }
              });
    }

    private void pump(Socket from, Socket to) {
      byte[] buffer = new byte[16 * 1024];
      try {
        InputStream in = from.getInputStream();
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          if (!dead) {
            OutputStream out = to.getOutputStream();
            out.write(buffer, 0, count);
            out.flush();
          }
        }
      } catch (IOException e) {
        // the end of one side is that of the other
      }
      if (dead && from == server) {
        // The client must not hear of it.
        closeQuietly(server);
      } else {
        close();
      }
    }

    void close() {
      connections.remove(this);
      closeQuietly(client);
      closeQuietly(server);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // closed is what it should be
    }
  }
}
