package io.crewline.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.testing.NodeProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedDatabaseIT {
  private static final String PASSWORD = "admin-password";

  @TempDir Path directory;

  @Test
  void aKilledNodeComesBackWithItsData() throws Exception {
    long orphan;
    NodeProcess first = start();
    try {
      int port = first.awaitPort();
      assertThat(login(port)).isEqualTo(200);
      orphan = postgres();
    } finally {
      first.kill();
    }
    assertThat(isAlive(orphan)).isTrue();
    // The second start names no password: the administrator of the first must still be there.
    try (NodeProcess second = NodeProcess.start(settings())) {
      assertThat(login(second.awaitPort())).isEqualTo(200);
      assertThat(isAlive(orphan)).isFalse();
    }
  }

  @Test
  void aSecondNodeOnTheSameDirectoryIsRefusedInOneLine() {
    try (NodeProcess first = start()) {
      first.awaitPort();
      NodeProcess second = start();
      assertThat(second.awaitExit()).isEqualTo(1);
      assertThat(second.output().lines())
          .singleElement()
          .asString()
          .contains("CREWLINE_DATA_DIR")
          .contains("another Crewline uses it");
    }
  }

  @Test
  void aNodeStopsCleanlyOnRequest() throws Exception {
    NodeProcess node = start();
    node.awaitPort();
    long postgres = postgres();
    node.terminate();
    assertThat(node.awaitExit()).describedAs(node.output()).isZero();
    await().atMost(Duration.ofSeconds(20)).until(() -> !isAlive(postgres));
    assertThat(directory.resolve("postgres/postmaster.pid")).doesNotExist();
  }

  @Test
  void aNodeWithoutItsDatabaseIsAliveButNotReady() throws Exception {
    try (NodeProcess node = start()) {
      int port = node.awaitPort();
      assertThat(get(port, "/health/readiness")).isEqualTo(200);
      ProcessHandle.of(postgres()).orElseThrow().destroyForcibly();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> get(port, "/health/readiness"), status -> status == 503);
      assertThat(get(port, "/health/liveness")).isEqualTo(200);
    }
  }

  @Test
  void secretsAreReadableByTheirOwnerOnly() throws IOException {
    EmbeddedDatabase.secret(directory, "secret.key");
    assertThat(Files.getPosixFilePermissions(directory.resolve("secret.key")))
        .extracting(Enum::name)
        .containsExactlyInAnyOrder("OWNER_READ", "OWNER_WRITE");
    assertThat(EmbeddedDatabase.secret(directory, "secret.key"))
        .isEqualTo(EmbeddedDatabase.secret(directory, "secret.key"))
        .hasSizeGreaterThanOrEqualTo(32);
  }

  private NodeProcess start() {
    Map<String, String> settings = new java.util.HashMap<>(settings());
    settings.put("CREWLINE_ADMIN_PASSWORD", PASSWORD);
    return NodeProcess.start(settings);
  }

  private Map<String, String> settings() {
    return Map.of(
        "CREWLINE_DATA_DIR",
        directory.toString(),
        "CREWLINE_DEMO",
        "false",
        "CREWLINE_DRAIN",
        "1s");
  }

  private long postgres() throws IOException {
    return Long.parseLong(
        Files.readAllLines(directory.resolve("postgres/postmaster.pid")).getFirst().strip());
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  private static int login(int port) throws Exception {
    return send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/token"))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"username\":\"admin\",\"password\":\"" + PASSWORD + "\"}")));
  }

  private static int get(int port, String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)));
  }

  private static int send(HttpRequest.Builder request) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.discarding())
          .statusCode();
    }
  }
}
