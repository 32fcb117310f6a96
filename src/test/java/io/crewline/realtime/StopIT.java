package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.crewline.testing.NodeProcess;
import io.crewline.testing.RawSocket;
import io.crewline.testing.Rest;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import io.crewline.testing.TestRedis;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that is told to stop ends, whatever is gone or hangs. */
@Timeout(180)
final class StopIT {
  private static final String CID = "messaging:general";
  private static final int SIGINT = 2;

  /** What a loaded machine may add to the drain time and what comes after it. */
  private static final Duration SLACK = Duration.ofSeconds(20);

  private static NodeProcess start(Map<String, String> settings) {
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("CREWLINE_SECRET_KEY", TestNode.SECRET);
    environment.put("CREWLINE_DEMO", "true");
    environment.computeIfAbsent("DATABASE_URL", name -> TestPostgres.createDatabase());
    return NodeProcess.start(environment);
  }

  private static SocketClient watch(NodeProcess node) {
    String token =
        new Rest(node.awaitPort())
            .post("/api/token", "{\"username\":\"dave\",\"password\":\"demo-password\"}")
            .text("access");
    SocketClient client = SocketClient.connect(node.awaitPort(), token);
    assertThat(client.call("channel.watch", "channel", CID)).containsEntry("type", "initialized");
    return client;
  }

  /** Tells the node to stop; it must end in time, with 0, after its goodbye to the client. */
  private static void stops(NodeProcess node, String signal, SocketClient client, Duration drain) {
    long start = System.nanoTime();
    node.signal(signal);
    client.await("goingAway");
    assertThat(client.awaitClose().code()).isEqualTo(1012);
    assertThat(node.awaitExit()).isZero();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(drain.plus(SLACK));
  }

  /** Whoever starts the tests in the background of a script has processes ignore SIGINT. */
  private static void assumeInterruptsArrive() throws IOException {
    Path status = Path.of("/proc/self/status");
    assumeTrue(
        !Files.exists(status)
            || Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                .noneMatch(ignored -> (ignored & 1L << SIGINT - 1) != 0),
        "SIGINT is ignored here");
  }

  @Test
  void interruptIsARequestToo() throws Exception {
    assumeInterruptsArrive();
    try (NodeProcess node = start(Map.of("CREWLINE_DRAIN", "60s"));
        SocketClient client = watch(node)) {
      stops(node, "INT", client, Duration.ZERO);
      assertThat(node.output()).doesNotContain("Stopping at once");
    }
  }

  @Test
  void secondSignalEndsItAtOnce(@TempDir Path data) throws Exception {
    assumeInterruptsArrive();
    NodeProcess node =
        NodeProcess.start(
            Map.of(
                "CREWLINE_DATA_DIR",
                data.toString(),
                "CREWLINE_DRAIN",
                "120s",
                "CREWLINE_DRAIN_DELAY",
                "120s"));
    try {
      Rest rest = new Rest(node.awaitPort());
      node.terminate();
      await().until(() -> rest.get("/health/readiness").status() == 503);
      node.signal("INT");
      assertThat(node.awaitExit()).isEqualTo(130);
      assertThat(data.resolve("postgres").resolve("postmaster.pid"))
          .describedAs("its PostgreSQL stopped too")
          .doesNotExist();
    } finally {
      node.kill();
    }
  }

  @Test
  void databaseThatIsGoneHoldsNothingUp(@TempDir Path data) throws Exception {
    EmbeddedPostgres postgres = postgres(data);
    try (NodeProcess node = start(Map.of("DATABASE_URL", url(postgres)));
        SocketClient client = watch(node)) {
      postgres.close();
      stops(node, "TERM", client, Duration.ofSeconds(10));
    } finally {
      postgres.close();
    }
  }

  @Test
  void databaseThatHangsHoldsItUpForTheDrainTimeOnly(@TempDir Path data) throws Exception {
    EmbeddedPostgres postgres = postgres(data);
    try (NodeProcess node = start(Map.of("DATABASE_URL", url(postgres), "CREWLINE_DRAIN", "3s"));
        SocketClient client = watch(node)) {
      List<ProcessHandle> frozen = freeze(data);
      try {
        CompletableFuture<?> send =
            client.send(Map.of("type", "sendMessage", "channel", CID, "text", "x"));
        stops(node, "TERM", client, Duration.ofSeconds(3));
        assertThat(send).isCompletedExceptionally();
      } finally {
        signal(frozen, "CONT");
      }
    } finally {
      postgres.close();
    }
  }

  @Test
  void redisThatHangsHoldsNothingUp() {
    try (TestRedis redis = TestRedis.started();
        NodeProcess node = start(Map.of("REDIS_URL", redis.url()));
        SocketClient client = watch(node)) {
      redis.freeze();
      try {
        assertThat(client.call("sendMessage", "channel", CID, "text", "x"))
            .containsEntry("type", "ok");
        stops(node, "TERM", client, Duration.ofSeconds(10));
      } finally {
        redis.thaw();
      }
    }
  }

  @Test
  void clientThatNeverAnswersTheGoodbyeHoldsItUpForSecondsOnly() {
    try (NodeProcess node = start(Map.of("CREWLINE_DRAIN", "120s"));
        SocketClient client = watch(node);
        RawSocket silent = RawSocket.upgraded(node.awaitPort(), null)) {
      stops(node, "TERM", client, Duration.ZERO);
      assertThat(silent.awaitClose().code()).isEqualTo(1012);
    }
  }

  private static EmbeddedPostgres postgres(Path data) throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data.resolve("pg"))
        .setPGStartupWait(Duration.ofSeconds(60))
        .start();
  }

  private static String url(EmbeddedPostgres postgres) {
    return "postgres://postgres:postgres@127.0.0.1:" + postgres.getPort() + "/postgres";
  }

  /** Stops the server and all that serve its connections. */
  private static List<ProcessHandle> freeze(Path data) throws Exception {
    long pid =
        Long.parseLong(Files.readAllLines(data.resolve("pg").resolve("postmaster.pid")).getFirst());
    ProcessHandle server = ProcessHandle.of(pid).orElseThrow();
    List<ProcessHandle> all = new ArrayList<>(List.of(server));
    signal(all, "STOP");
    List<ProcessHandle> children = server.children().toList();
    signal(children, "STOP");
    all.addAll(children);
    return all;
  }

  private static void signal(List<ProcessHandle> processes, String name) throws Exception {
    List<String> command =
        Stream.concat(
                Stream.of("kill", "-" + name),
                processes.stream().map(each -> Long.toString(each.pid())))
            .toList();
    new ProcessBuilder(command).inheritIO().start().waitFor();
  }
}
