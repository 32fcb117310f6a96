import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A throw-away Redis that keeps nothing on disk, by the program that {@code BENCH_REDIS} names. */
final class Redis implements AutoCloseable {
  private final Process process;
  private final int port;
  private final Thread onExit = new Thread(this::stop);

  private Redis(Process process, int port) {
    this.process = process;
    this.port = port;
    Runtime.getRuntime().addShutdownHook(onExit);
  }

  static Redis start(Path directory) {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = free.getLocalPort();
      free.close();
      Files.createDirectories(directory);
      String program = System.getenv().getOrDefault("BENCH_REDIS", "redis-server");
      Process process =
          new ProcessBuilder(
                  program, "--port", "" + port, "--bind", "127.0.0.1", "--save", "",
                  "--appendonly", "no", "--dir", directory.toString())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("redis.log").toFile())
              .start();
      Redis redis = new Redis(process, port);
      redis.awaitAnswer();
      return redis;
    } catch (IOException e) {
      throw new IllegalStateException(
          "redis-server could not be started (apt-get install redis-server, or set BENCH_REDIS): "
              + e.getMessage(),
          e);
    }
  }

  String url() {
    return "redis://127.0.0.1:" + port;
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
    throw new IllegalStateException("redis-server does not answer");
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
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }
}
