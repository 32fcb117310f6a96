package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** What every broadcaster does, tried with two nodes. */
public abstract class BroadcasterContract {
  private static final Topic ROOM = Topic.room("messaging:general");
  private static final Topic OTHER = Topic.room("messaging:other");

  /** Another node's broadcaster, joined with the ones made before in this test. */
  protected abstract Broadcaster newNode();

  private static JournalEntry entry(Topic topic, long seq) {
    return new JournalEntry(
        topic,
        "4f1c2a9be07d",
        seq,
        "message.new",
        Instant.parse("2026-01-02T03:04:05.678Z"),
        "{\"message\":{\"text\":\"grüße \\u0007 🚀 " + seq + "\"}}");
  }

  private static Queue<JournalEntry> receive(Broadcaster broadcaster) {
    Queue<JournalEntry> received = new ConcurrentLinkedQueue<>();
    broadcaster.start(received::addAll, () -> {});
    await().until(broadcaster::isConnected);
    return received;
  }

  @Test
  void anEventReachesTheOtherNodeUnchanged() {
    Broadcaster here = newNode();
    Broadcaster there = newNode();
    receive(here);
    Queue<JournalEntry> received = receive(there);
    there.subscribe(ROOM).toCompletableFuture().join();
    here.broadcast(List.of(entry(ROOM, 1)));
    await().untilAsserted(() -> assertThat(received).containsExactly(entry(ROOM, 1)));
  }

  @Test
  void eventsOfOneNodeArriveInOrder() {
    Broadcaster here = newNode();
    Broadcaster there = newNode();
    receive(here);
    Queue<JournalEntry> received = receive(there);
    there.subscribe(ROOM).toCompletableFuture().join();
    for (long seq = 1; seq <= 1000; seq += 2) {
      here.broadcast(List.of(entry(ROOM, seq), entry(ROOM, seq + 1)));
    }
    await().untilAsserted(() -> assertThat(received).hasSize(1000));
    assertThat(received).extracting(JournalEntry::seq).isSorted();
  }

  @Test
  void onlySubscribedTopicsArrive() {
    Broadcaster here = newNode();
    Broadcaster there = newNode();
    receive(here);
    Queue<JournalEntry> received = receive(there);
    there.subscribe(ROOM).toCompletableFuture().join();
    here.broadcast(List.of(entry(OTHER, 1), entry(ROOM, 1)));
    await().untilAsserted(() -> assertThat(received).containsExactly(entry(ROOM, 1)));
  }

  @Test
  void nothingArrivesAfterUnsubscribing() {
    Broadcaster here = newNode();
    Broadcaster there = newNode();
    receive(here);
    Queue<JournalEntry> received = receive(there);
    there.subscribe(ROOM).toCompletableFuture().join();
    there.subscribe(OTHER).toCompletableFuture().join();
    there.unsubscribe(ROOM);
    here.broadcast(List.of(entry(ROOM, 1)));
    here.broadcast(List.of(entry(OTHER, 1)));
    await().untilAsserted(() -> assertThat(received).contains(entry(OTHER, 1)));
    assertThat(received).doesNotContain(entry(ROOM, 1));
  }

  @Test
  void aTopicCanBeSubscribedAgain() {
    Broadcaster here = newNode();
    Broadcaster there = newNode();
    receive(here);
    Queue<JournalEntry> received = receive(there);
    there.subscribe(ROOM).toCompletableFuture().join();
    there.unsubscribe(ROOM);
    there.subscribe(ROOM).toCompletableFuture().join();
    here.broadcast(List.of(entry(ROOM, 2)));
    await().untilAsserted(() -> assertThat(received).containsExactly(entry(ROOM, 2)));
  }
}
