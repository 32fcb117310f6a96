package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.ResumingClient;
import io.crewline.testing.TestNode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class CutAndResumeTest {
  private static final int CLIENTS = 20;
  private static final int SENDS = 500;
  private static final String CID = "messaging:storm";

  @Test
  @Timeout(90)
  void everyClientHoldsTheSameMessagesInTheSameOrderWhoeverWasCutOff() throws Exception {
    try (Crewline node = TestNode.start();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Person.member(node, "user-0").post("/api/rooms", "{\"id\":\"storm\"}");
      List<ResumingClient> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        String name = "user-" + i;
        clients.add(new ResumingClient(node::port, name, Person.member(node, name).token(), CID));
      }
      clients.forEach(ResumingClient::awaitWatching);
      Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
      List<Future<?>> senders = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        ResumingClient client = clients.get(i);
        Random cuts = i % 2 == 0 ? new Random(i) : null;
        senders.add(threads.submit(() -> sendAll(client, cuts, acknowledged)));
      }
      for (Future<?> sender : senders) {
        sender.get();
      }
      assertThat(acknowledged).hasSize(CLIENTS * SENDS);
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(clients)
                      .allSatisfy(
                          client ->
                              assertThat(client.messageIds())
                                  .hasSizeGreaterThanOrEqualTo(CLIENTS * SENDS)));
      List<Long> first = clients.getFirst().messageIds();
      assertThat(first).hasSize(CLIENTS * SENDS).containsAll(acknowledged);
      for (ResumingClient client : clients) {
        assertThat(client.broken()).isEmpty();
        assertThat(client.messageIds()).isEqualTo(first);
      }
      assertThat(clients.getFirst().connects()).as("it was cut off").isGreaterThan(5);
      clients.forEach(ResumingClient::close);
    }
  }

  /** Keeps 8 sends open; one in forty cuts the connection. */
  private static void sendAll(
      ResumingClient client, @org.jspecify.annotations.Nullable Random cuts, Set<Long> ids) {
    ArrayDeque<CompletableFuture<Long>> open = new ArrayDeque<>();
    for (int i = 0; i < SENDS; i++) {
      if (open.size() == 8) {
        ids.add(open.removeFirst().join());
      }
      open.addLast(client.send("message " + i));
      if (cuts != null && cuts.nextInt(40) == 0) {
        client.cut();
      }
    }
    open.forEach(send -> ids.add(send.join()));
  }
}
