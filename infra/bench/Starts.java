import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** From the start of the process to the first {@code connected} on its socket. */
final class Starts {
  private static final long PATIENCE_NANOS = 60_000_000_000L;
  private static final String UPGRADE =
      "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

  private final Path jar;
  private final Path directory;
  private final Postgres postgres;
  private final String token;

  /** @param token of a user whom every node with this database and secret accepts */
  Starts(Path jar, Path directory, Postgres postgres, String token) {
    this.jar = jar;
    this.directory = directory;
    this.postgres = postgres;
    this.token = token;
  }

  /** Milliseconds of each start. */
  List<Double> run(int times, List<String> options) {
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      millis.add(once(options));
    }
    return millis;
  }

  /** Writes an AOT cache by a training run. Returns null when this JDK or this machine cannot. */
  Path train() {
    Path cache = directory.resolve("crewline.aot");
    once(List.of("-XX:AOTCacheOutput=" + cache));
    return Files.exists(cache) ? cache : null;
  }

  private double once(List<String> options) {
    long start = System.nanoTime();
    try (Node node = Node.launch(jar, directory, postgres.url(), options)) {
      while (true) {
        try {
          connect(node.port);
          return (System.nanoTime() - start) / 1e6;
        } catch (IOException e) {
          if (!node.isAlive() || System.nanoTime() - start > PATIENCE_NANOS) {
            throw new IllegalStateException(
                "no answer on /ws (" + e.getMessage() + "):\n" + node.tail());
          }
          LockSupport.parkNanos(2_000_000);
        }
      }
    }
  }

  private void connect(int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(UPGRADE.getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      String answer = readUntil(in, "\r\n\r\n");
      if (!answer.startsWith("HTTP/1.1 101")) {
        throw new IOException("no upgrade: " + answer.lines().findFirst().orElse(""));
      }
      socket
          .getOutputStream()
          .write(
              Wire.frame("{\"id\":1,\"type\":\"connect\",\"token\":\"" + token + "\"}"));
      readUntil(in, "\"type\":\"connected\"");
    }
  }

  private static String readUntil(InputStream in, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      int next = in.read();
      if (next < 0 || text.length() > 8192) {
        throw new IOException("got " + text);
      }
      text.append((char) next);
    }
    return text.toString();
  }
}
