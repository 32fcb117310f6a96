package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
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
    broadcaster.start(received::addAll, events -> {}, () -> {});
    await().until(broadcaster::isConnected);
    return received;
  }

  private static EphemeralEvent ephemeral(Topic topic, int number) {
    return new EphemeralEvent(
        topic,
        "typing.start",
        Instant.parse("2026-01-02T03:04:05.678Z"),
        "{\"user\":{\"id\":\"dave\",\"name\":\"grüße 🚀 " + number + "\"}}");
  }

  private static Queue<EphemeralEvent> receiveEphemerals(Broadcaster broadcaster) {
    Queue<EphemeralEvent> received = new ConcurrentLinkedQueue<>();
    broadcaster.start(entries -> {}, received::addAll, () -> {});
    await().until(broadcaster::isConnected);
    return received;
  }

  @Test
  void ephemeralEventsReachSubscribedNodesUnchangedAndInOrder() {
    Broadcaster here = newNode();
    Broadcaster there = newNode();
    Queue<EphemeralEvent> own = receiveEphemerals(here);
    Queue<EphemeralEvent> received = receiveEphemerals(there);
    here.subscribe(ROOM).toCompletableFuture().join();
    there.subscribe(ROOM).toCompletableFuture().join();
    here.broadcastEphemeral(List.of(ephemeral(OTHER, 0), ephemeral(ROOM, 1), ephemeral(ROOM, 2)));
    here.broadcastEphemeral(List.of(ephemeral(ROOM, 3)));
    await()
        .untilAsserted(
            () ->
                assertThat(received)
                    .containsExactly(ephemeral(ROOM, 1), ephemeral(ROOM, 2), ephemeral(ROOM, 3)));
    assertThat(own).isEmpty();
  }

  @Test
  void ephemeralEventsAndEntriesDoNotDisturbEachOther() {
    Broadcaster here = newNode();
    Broadcaster there = newNode();
    Queue<JournalEntry> entries = new ConcurrentLinkedQueue<>();
    Queue<EphemeralEvent> events = new ConcurrentLinkedQueue<>();
    receive(here);
    there.start(entries::addAll, events::addAll, () -> {});
    await().until(there::isConnected);
    there.subscribe(ROOM).toCompletableFuture().join();
    for (int i = 1; i <= 100; i++) {
      here.broadcast(List.of(entry(ROOM, i)));
      here.broadcastEphemeral(List.of(ephemeral(ROOM, i)));
    }
    await().untilAsserted(() -> assertThat(entries).hasSize(100));
    await().untilAsserted(() -> assertThat(events).hasSize(100));
    assertThat(entries).extracting(JournalEntry::seq).isSorted();
    assertThat(events)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 100).mapToObj(i -> ephemeral(ROOM, i)).toList());
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
