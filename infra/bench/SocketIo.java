import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Socket.IO server with its Redis adapter, installed by npm into a directory of the run. */
final class SocketIo implements AutoCloseable {
  private static final Path SOURCE = Path.of("infra/bench/socketio");

  private final Process process;
  private final Thread onExit = new Thread(this::stop);
  final int port;

  private SocketIo(Process process, int port) {
    this.process = process;
    this.port = port;
    Runtime.getRuntime().addShutdownHook(onExit);
  }

  /** Installs what the server needs. Returns the directory to start it in. */
  static Path install(Path directory) {
    try {
      Files.createDirectories(directory);
      for (String file : List.of("package.json", "server.js")) {
        Files.copy(
            SOURCE.resolve(file), directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
      }
      Path log = directory.resolve("npm.log");
      Process npm =
          new ProcessBuilder("npm", "install", "--no-audit", "--no-fund")
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!npm.waitFor(3, TimeUnit.MINUTES) || npm.exitValue() != 0) {
        npm.destroyForcibly();
        throw new IllegalStateException("npm install failed:\n" + Files.readString(log));
      }
      return directory;
    } catch (IOException e) {
      throw new IllegalStateException(
          "connect needs Node.js 20 with npm, for Socket.IO: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  static SocketIo start(Path installed, String redisUrl) {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = free.getLocalPort();
      free.close();
      Process process =
          new ProcessBuilder("node", "server.js", Integer.toString(port), redisUrl)
              .directory(installed.toFile())
              .redirectErrorStream(true)
              .redirectOutput(installed.resolve("server.log").toFile())
              .start();
      SocketIo server = new SocketIo(process, port);
      server.awaitAnswer();
      return server;
    } catch (IOException e) {
      throw new IllegalStateException("Socket.IO could not be started: " + e.getMessage(), e);
    }
  }

  private void awaitAnswer() {
    for (int i = 0; i < 200; i++) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
        return;
      } catch (IOException e) {
        Node.pause(50);
      }
    }
    stop();
    throw new IllegalStateException("Socket.IO does not answer");
  }

  /** CPU time used so far, in seconds. */
  double cpuSeconds() {
    return process.info().totalCpuDuration().map(time -> time.toNanos() / 1e9).orElse(0.0);
  }

  @Override
  public void close() {
    stop();
    try {
      Runtime.getRuntime().removeShutdownHook(onExit);
    } catch (IllegalStateException e) {
      // The program is ending.
    }
  }

  private void stop() {
    process.destroyForcibly();
  }
}
