package io.crewline.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A Redis or Valkey of version 7 or newer as a process of its own, for what the embedded one cannot
 * do: TLS, sentinels, sharded clusters. It is the {@code redis-server} or {@code valkey-server} on
 * the PATH, or what CREWLINE_TEST_REDIS_SERVER points at; tests that need it are skipped without.
 */
public final class RedisProcess implements AutoCloseable {
  private static final Pattern VERSION = Pattern.compile("v=(\\d+)");
  private static final String EXECUTABLE = find();

  private final int port;
  private final Process process;
  private final Path directory;

  private RedisProcess(int port, Process process, Path directory) {
    this.port = port;
    this.process = process;
    this.directory = directory;
  }

  /** Skips the test, or all tests of the class, where there is no such server. */
  public static void assumeThere() {
    Assumptions.assumeFalse(
        EXECUTABLE.isEmpty(),
        "no redis-server or valkey-server 7 or newer on the PATH, nor where"
            + " CREWLINE_TEST_REDIS_SERVER points");
  }

  private static String find() {
    List<Path> candidates = new ArrayList<>();
    String chosen = System.getenv("CREWLINE_TEST_REDIS_SERVER");
    if (chosen != null && !chosen.isBlank()) {
      candidates.add(Path.of(chosen));
    }
    Stream.of(Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator))
        .flatMap(place -> Stream.of("redis-server", "valkey-server").map(Path.of(place)::resolve))
        .forEach(candidates::add);
    return candidates.stream()
        .filter(Files::isExecutable)
        .filter(path -> version(path) >= 7)
        .map(Path::toString)
        .findFirst()
        .orElse("");
  }

  private static int version(Path path) {
    try {
      Process asked = new ProcessBuilder(path.toString(), "--version").start();
      Matcher matcher = VERSION.matcher(new String(asked.getInputStream().readAllBytes(), UTF_8));
      return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** Starts one and waits until it listens. Each option is a line of its configuration. */
  public static RedisProcess start(String... options) {
    return start(false, TestRedis.freePort(), options);
  }

  public static RedisProcess startSentinel(String... options) {
    return start(true, TestRedis.freePort(), options);
  }

  /** As {@link #start(String...)}; a {@code port 0} among the options frees the port for TLS. */
  public static RedisProcess start(boolean sentinel, int port, String... options) {
    try {
      Path directory = Files.createTempDirectory("redis");
      List<String> lines = new ArrayList<>();
      lines.add("bind 127.0.0.1");
      lines.add("dir " + directory);
      if (!sentinel) {
        lines.add("save \"\"");
      }
      if (Arrays.stream(options).noneMatch(option -> option.startsWith("tls-port"))) {
        lines.add("port " + port);
      }
      lines.addAll(List.of(options));
      Path configuration = Files.write(directory.resolve("redis.conf"), lines);
      List<String> command = new ArrayList<>(List.of(EXECUTABLE, configuration.toString()));
      if (sentinel) {
        command.add("--sentinel");
      }
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile())
              .start();
      RedisProcess redis = new RedisProcess(port, process, directory);
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      await().atMost(Duration.ofSeconds(20)).until(redis::listens);
      return redis;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean listens() throws IOException {
    if (!process.isAlive()) {
      throw new IllegalStateException(Files.readString(directory.resolve("log")));
    }
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  public int port() {
    return port;
  }

  /** Gives a command on a connection of its own. Returns the answer, lists with blanks between. */
  public String command(String... words) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(5000);
      OutputStream out = socket.getOutputStream();
      StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
      for (String word : words) {
        request.append("$").append(word.getBytes(UTF_8).length).append("\r\n");
        request.append(word).append("\r\n");
      }
      out.write(request.toString().getBytes(UTF_8));
      return answer(new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String answer(BufferedReader in) throws IOException {
    String line = Objects.requireNonNullElse(in.readLine(), "-gone");
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case '$' -> {
        char[] text = new char[Math.max(0, Integer.parseInt(rest) + 2)];
        int read = 0;
        while (read < text.length) {
          read += in.read(text, read, text.length - read);
        }
        return new String(text).strip();
      }
      case '*' -> {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(rest); i++) {
          parts.add(answer(in));
        }
        return String.join(" ", parts);
      }
      case '-' -> throw new IllegalStateException(rest);
      default -> {
        return rest;
      }
    }
  }

  /** Ends it as a machine would. */
  public void kill() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    kill();
  }
}
