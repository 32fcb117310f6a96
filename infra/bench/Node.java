import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A Crewline process, as an operator would start it. */
final class Node implements AutoCloseable {
  static final String ADMIN_PASSWORD = "bench-password";
  static final String SECRET = "a-secret-for-benchmarks-on-loopback-only";
  private static final Duration START = Duration.ofSeconds(60);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Process process;
  private final Path log;
  private final Thread onExit = new Thread(this::stop);
  final int port;

  private Node(Process process, int port, Path log) {
    this.process = process;
    this.port = port;
    this.log = log;
    Runtime.getRuntime().addShutdownHook(onExit);
  }

  /**
   * Starts the process and returns at once.
   *
   * @param options for the JVM
   */
  static Node launch(Path jar, Path directory, String databaseUrl, List<String> options) {
    return launch(jar, directory, databaseUrl, options, Map.of());
  }

  /**
   * As above.
   *
   * @param environment further variables
   */
  static Node launch(
      Path jar,
      Path directory,
      String databaseUrl,
      List<String> options,
      Map<String, String> environment) {
    try {
      int port = freePort();
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(options);
      command.add("-jar");
      command.add(jar.toString());
      Path log = directory.resolve("crewline.log");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().keySet().removeIf(name -> name.startsWith("CREWLINE_"));
      builder.environment().remove("REDIS_URL");
      builder
          .environment()
          .putAll(
              Map.of(
                  "PORT", Integer.toString(port),
                  "DATABASE_URL", databaseUrl,
                  "CREWLINE_SECRET_KEY", SECRET,
                  "CREWLINE_ADMIN_PASSWORD", ADMIN_PASSWORD,
                  "CREWLINE_LIMITS", "off",
                  "CREWLINE_DRAIN", "1s"));
      builder.environment().putAll(environment);
      Node node = new Node(builder.start(), port, log);
      // For the script, in case this program is killed.
      Files.writeString(directory.resolve("node.pid"), Long.toString(node.pid()));
      return node;
    } catch (IOException e) {
      throw new IllegalStateException("Crewline could not be started: " + e.getMessage(), e);
    }
  }

  /** Starts the process and returns when it answers. */
  static Node start(Path jar, Path directory, String databaseUrl, List<String> options) {
    return start(jar, directory, databaseUrl, options, Map.of());
  }

  /** As above, with further variables. */
  static Node start(
      Path jar,
      Path directory,
      String databaseUrl,
      List<String> options,
      Map<String, String> environment) {
    Node node = launch(jar, directory, databaseUrl, options, environment);
    long deadline = System.nanoTime() + START.toNanos();
    while (true) {
      try {
        if (node.send("GET", "/health/readiness", null, null).statusCode() == 200) {
          return node;
        }
      } catch (IOException e) {
        // not yet
      }
      if (!node.process.isAlive() || System.nanoTime() > deadline) {
        node.close();
        throw new IllegalStateException("Crewline did not start:\n" + node.tail());
      }
      pause(50);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /** CPU time used so far, in seconds. */
  double cpuSeconds() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
  }

  /** What is alive on the heap, after a collection, in MiB. */
  double liveHeapMiB() {
    try {
      new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
              Long.toString(pid()),
              "GC.run")
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException("no collection: " + e.getMessage(), e);
    }
    return metric("jvm_memory_used_bytes{area=\"heap\"") / (1 << 20);
  }

  /** The memory that the process has in all, in MiB. */
  double residentMiB() {
    try {
      return Files.readAllLines(Path.of("/proc/" + pid() + "/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
          .sum();
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  /** SIGKILL; returns when it is gone. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** A metric, summed over its tags; NaN when there is none of that name. */
  double metric(String name) {
    try {
      return send("GET", "/prometheus", null, null)
          .body()
          .lines()
          .filter(
              line ->
                  line.startsWith(name.contains("{") ? name : name + "{")
                      || line.startsWith(name + " "))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .reduce(Double::sum)
          .orElse(Double.NaN);
    } catch (IOException e) {
      throw new IllegalStateException("no metrics: " + e.getMessage(), e);
    }
  }

  /** The last lines that it printed. */
  String tail() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    } catch (IOException e) {
      return "(no log)";
    }
  }

  /** Creates a user and returns an access token. */
  String createUser(String adminToken, String username) {
    String body =
        "{\"username\":\"%s\",\"password\":\"%s\",\"displayName\":\"%s\",\"role\":\"member\"}"
            .formatted(username, ADMIN_PASSWORD, username);
    call("POST", "/api/users", adminToken, body, 201);
    return token(username);
  }

  /** Logs a user in. Returns the access token. */
  String token(String username) {
    String body = "{\"username\":\"%s\",\"password\":\"%s\"}".formatted(username, ADMIN_PASSWORD);
    String answer = call("POST", "/api/token", null, body, 200);
    String mark = "\"userToken\":\"";
    int start = answer.indexOf(mark) + mark.length();
    return answer.substring(start, answer.indexOf('"', start));
  }

  void createRoom(String token, String id, List<String> members) {
    String names = members.isEmpty() ? "" : "\"" + String.join("\",\"", members) + "\"";
    call("POST", "/api/rooms", token, "{\"id\":\"%s\",\"members\":[%s]}".formatted(id, names), 201);
  }

  private String call(String method, String path, String token, String body, int expected) {
    try {
      HttpResponse<String> answer = send(method, path, token, body);
      if (answer.statusCode() != expected) {
        throw new IllegalStateException(
            method + " " + path + " was answered with " + answer.statusCode() + " " + answer.body());
      }
      return answer.body();
    } catch (IOException e) {
      throw new IllegalStateException(method + " " + path + " failed: " + e, e);
    }
  }

  private HttpResponse<String> send(String method, String path, String token, String body)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      return HTTP.send(request.build(), BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }

  /** SIGTERM, and after 60 s SIGKILL: writing an AOT cache takes a while. */
  @Override
  public void close() {
    stop();
    try {
      Runtime.getRuntime().removeShutdownHook(onExit);
    } catch (IllegalStateException e) {
      // The program is ending; the hook finds the process gone.
    }
  }

  private void stop() {
    process.destroy();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  static void pause(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
