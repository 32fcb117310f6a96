package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.testing.NodeProcess;
import io.crewline.testing.Rest;
import io.crewline.testing.ResumingClient;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node is killed with SIGKILL in the middle of sends and started again on the same data. */
final class KillIT {
  private static final int CLIENTS = 4;
  private static final int KILLS = 2;

  /** So many acknowledgements come before each kill, and after the last one. */
  private static final int SENDS = 300;

  @Test
  @Timeout(240)
  void nothingAcknowledgedIsLostWithAnExternalDatabase() throws Exception {
    killInTheMiddle(
        Map.of(
            "DATABASE_URL", TestPostgres.createDatabase(), "CREWLINE_SECRET_KEY", TestNode.SECRET));
  }

  @Test
  @Timeout(240)
  void nothingAcknowledgedIsLostWithTheEmbeddedDatabaseWhoseServerIsOrphaned(@TempDir Path data)
      throws Exception {
    killInTheMiddle(Map.of("CREWLINE_DATA_DIR", data.toString()));
  }

  private static void killInTheMiddle(Map<String, String> settings) throws Exception {
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("CREWLINE_DEMO", "true");
    AtomicInteger port = new AtomicInteger();
    NodeProcess node = NodeProcess.start(environment);
    List<ResumingClient> clients = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      port.set(node.awaitPort());
      String cid = "messaging:general";
      for (int i = 0; i < CLIENTS; i++) {
        String user = i % 2 == 0 ? "dave" : "ada";
        String token = login(port.get(), user);
        clients.add(new ResumingClient(port::get, user + "-" + i, token, cid));
      }
      clients.forEach(ResumingClient::awaitWatching);
      Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
      AtomicBoolean stop = new AtomicBoolean();
      AtomicInteger wanted = new AtomicInteger(SENDS);
      List<Future<?>> senders = new ArrayList<>();
      for (ResumingClient client : clients) {
        senders.add(threads.submit(() -> sendUntil(client, acknowledged, stop)));
      }
      for (int kill = 0; kill < KILLS; kill++) {
        int target = wanted.get();
        await().atMost(Duration.ofSeconds(60)).until(() -> acknowledged.size() >= target);
        node.kill();
        node = NodeProcess.start(environment);
        port.set(node.awaitPort());
        wanted.set(acknowledged.size() + SENDS);
      }
      int target = wanted.get();
      await().atMost(Duration.ofSeconds(60)).until(() -> acknowledged.size() >= target);
      stop.set(true);
      for (Future<?> sender : senders) {
        sender.get();
      }
      long last = acknowledged.stream().mapToLong(Long::longValue).max().orElseThrow();
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(clients)
                      .allSatisfy(client -> assertThat(client.messageIds()).contains(last)));
      for (ResumingClient client : clients) {
        assertThat(client.broken()).isEmpty();
        assertThat(client.messageIds())
            .doesNotHaveDuplicates()
            .containsAll(acknowledged)
            .isEqualTo(clients.getFirst().messageIds());
        assertThat(client.connects()).isGreaterThan(KILLS);
      }
    } finally {
      clients.forEach(ResumingClient::close);
      node.close();
    }
  }

  /** Keeps 8 sends open until it is told to stop, then waits for the last of them. */
  private static void sendUntil(ResumingClient client, Set<Long> acknowledged, AtomicBoolean stop) {
    ArrayDeque<CompletableFuture<Long>> open = new ArrayDeque<>();
    for (int i = 0; !stop.get(); i++) {
      if (open.size() == 8) {
        acknowledged.add(open.removeFirst().join());
      }
      open.addLast(client.send("message " + i));
    }
    open.forEach(send -> acknowledged.add(send.join()));
  }

  private static String login(int port, String username) {
    return new Rest(port)
        .post(
            "/api/token",
            "{\"username\":\"%s\",\"password\":\"demo-password\"}".formatted(username))
        .text("access");
  }
}
