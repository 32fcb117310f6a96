package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Many clients who lost their node resume on one that has never served their room. */
final class ResumeStormTest {
  private static final String CID = "messaging:storm";
  private static final String TOPIC = "room:" + CID;
  private static final int EVENTS = 300;
  private static final int CLIENTS = 80;

  @Test
  void thoseWhoResumeTogetherReadTheJournalForEachOther() throws Exception {
    Map<String, String> settings =
        Map.of(
            "DATABASE_URL",
            TestPostgres.createDatabase(),
            "CREWLINE_SECRET_KEY",
            TestNode.SECRET,
            "CREWLINE_ADMIN_PASSWORD",
            TestNode.ADMIN_PASSWORD);
    Person writer;
    String epoch;
    long first;
    try (Crewline lost = TestNode.start(settings)) {
      writer = Person.manager(lost, "writer");
      writer.post("/api/rooms", "{\"id\":\"storm\"}");
      try (SocketClient client = SocketClient.connect(lost.port(), writer.token())) {
        String[] position =
            String.valueOf(client.call("channel.watch", "channel", CID).get("position")).split(":");
        epoch = position[0];
        first = Long.parseLong(position[1]);
        for (int i = 0; i < EVENTS; i++) {
          client.call("sendMessage", "channel", CID, "text", "message " + i);
        }
      }
    }
    long head = first + EVENTS;
    try (Crewline node = TestNode.start(settings);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Random random = new Random(1);
      List<Callable<List<Long>>> clients = new ArrayList<>();
      List<Long> positions = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        long after = first + random.nextInt(EVENTS);
        positions.add(after);
        clients.add(() -> resume(node, writer.token(), epoch, after, head));
      }
      List<Future<List<Long>>> resumed = threads.invokeAll(clients);
      for (int i = 0; i < CLIENTS; i++) {
        List<Long> seqs = resumed.get(i).get();
        assertThat(seqs)
            .hasSize((int) (head - positions.get(i)))
            .isSorted()
            .doesNotHaveDuplicates();
        assertThat(seqs.getFirst()).isEqualTo(positions.get(i) + 1);
      }
      MeterRegistry metrics = node.context().getBean(MeterRegistry.class);
      assertThat(pages(metrics, "journal")).isPositive().isLessThan(CLIENTS / 4.0);
      assertThat(pages(metrics, "memory")).isGreaterThan(CLIENTS / 2.0);
    }
  }

  /** Resumes, and returns the numbers of all that came up to the head. */
  private static List<Long> resume(
      Crewline node, String token, String epoch, long after, long head) {
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      Map<String, Object> connected =
          client.call("connect", "token", token, "resume", Map.of(TOPIC, epoch + ":" + after));
      assertThat(connected.get("resumed")).isEqualTo(Map.of(TOPIC, "ok"));
      List<Long> seqs = new ArrayList<>();
      while (seqs.isEmpty() || seqs.getLast() < head) {
        Map<String, Object> event =
            client.await("an event", frame -> TOPIC.equals(frame.get("topic")));
        seqs.add(((Number) Objects.requireNonNull(event.get("seq"))).longValue());
      }
      return seqs;
    }
  }

  private static double pages(MeterRegistry metrics, String source) {
    return metrics.get("crewline.catchup.pages").tag("source", source).counter().count();
  }
}
