package io.crewline.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crewline.Crewline;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.testing.TestNode;
import io.micronaut.context.event.ApplicationEventListener;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.core.type.Argument;
import io.micronaut.inject.qualifiers.Qualifiers;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class JournalTest {
  private static final AtomicLong TOPICS = new AtomicLong();
  private static Crewline node;
  private static Database database;
  private static Journal journal;
  private static ApplicationEventPublisher<DomainEvent> events;

  /** Sees what is announced as committed. */
  @Singleton
  static final class CommittedProbe implements ApplicationEventListener<EventsCommitted> {
    final Queue<JournalEntry> seen = new ConcurrentLinkedQueue<>();

    @Override
    public void onApplicationEvent(EventsCommitted event) {
      seen.addAll(event.entries());
    }
  }

  private record Noted(Topic topic, long seq, String type, Map<String, Object> data)
      implements DomainEvent {}

  @BeforeAll
  static void start() {
    node = TestNode.start();
    database = node.context().getBean(Database.class);
    journal = node.context().getBean(Journal.class);
    events =
        node.context()
            .getBean(
                Argument.of(ApplicationEventPublisher.class, DomainEvent.class), Qualifiers.none());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static Topic newTopic() {
    return Topic.room("test:topic-" + TOPICS.incrementAndGet());
  }

  private static long reserve(Topic topic, long count) {
    return Objects.requireNonNull(journal.reserve(new TreeMap<>(Map.of(topic, count))).get(topic))
        .first();
  }

  private static void publish(Topic topic, String value) {
    events.publishEvent(new Noted(topic, 0, "noted", Map.of("value", value)));
  }

  @Test
  void eventsOfATransactionAreNumberedInOrderFromOne() {
    Topic topic = newTopic();
    database.transaction(
        () -> {
          publish(topic, "a");
          publish(topic, "b");
        });
    database.transaction(() -> publish(topic, "c"));
    JournalPage page = journal.readAfter(topic, start(topic), 10);
    assertThat(page.entries()).extracting(JournalEntry::seq).containsExactly(1L, 2L, 3L);
    assertThat(page.entries())
        .extracting(JournalEntry::data)
        .containsExactly("{\"value\":\"a\"}", "{\"value\":\"b\"}", "{\"value\":\"c\"}");
    assertThat(page.reachesHead()).isTrue();
    assertThat(page.head().seq()).isEqualTo(3);
  }

  private record Moved(Topic topic, Audience audience) implements DomainEvent {
    @Override
    public String type() {
      return "moved";
    }

    @Override
    public Object data() {
      return Map.of("to", "ada");
    }
  }

  @Test
  void anAudienceIsKeptWithItsEventAndSaysWhoSeesWhat() {
    Topic topic = newTopic();
    Audience audience =
        Audience.of(Set.of("ada")).withFarewell(Set.of("bob"), "gone", Map.of("from", "bob"));
    Position begin = database.transaction(() -> journal.open(topic).head());
    database.transaction(() -> events.publishEvent(new Moved(topic, audience)));

    JournalEntry entry = journal.readAfter(topic, begin, 10).entries().getFirst();

    assertThat(entry.seenBy(null)).isSameAs(entry);
    assertThat(entry.seenBy("ada")).isSameAs(entry);
    assertThat(entry.seenBy("bob"))
        .isEqualTo(
            new JournalEntry(
                topic, entry.epoch(), entry.seq(), "gone", entry.at(), "{\"from\":\"bob\"}"));
    assertThat(entry.seenBy("carla")).isNull();
    assertThat(entry.changesSightOf("ada")).isFalse();
    assertThat(node.context().getBean(CommittedProbe.class).seen).contains(entry);
  }

  @Test
  void aRolledBackTransactionLeavesNoHoleAndIsNotAnnounced() {
    Topic topic = newTopic();
    database.transaction(() -> publish(topic, "kept"));
    assertThatThrownBy(
            () ->
                database.transaction(
                    () -> {
                      publish(topic, "lost");
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");
    database.transaction(() -> publish(topic, "kept too"));
    assertThat(journal.readAfter(topic, start(topic), 10).entries())
        .extracting(JournalEntry::seq)
        .containsExactly(1L, 2L);
    assertThat(announced(topic)).hasSize(2);
  }

  @Test
  void publishingOutsideATransactionIsRefusedRatherThanSkipped() {
    assertThatThrownBy(() -> publish(newTopic(), "nobody would ever see this"))
        .hasMessageContaining("needs an active transaction");
  }

  @Test
  void anInnerTransactionAnnouncesNothingBeforeTheOuterOneHasCommitted() {
    Topic topic = newTopic();
    database.transaction(
        () -> {
          database.transaction(() -> publish(topic, "inner"));
          assertThat(announced(topic)).isEmpty();
        });
    assertThat(announced(topic)).hasSize(1);
  }

  @Test
  void reservedNumbersMustAllBeUsed() {
    Topic topic = newTopic();
    assertThatThrownBy(
            () ->
                database.transaction(
                    () -> {
                      long first = reserve(topic, 2);
                      events.publishEvent(new Noted(topic, first, "noted", Map.of()));
                    }))
        .hasMessageContaining("were not used");
    assertThat(journal.open(topic).head().seq()).isZero();
  }

  @Test
  void reservedNumbersAreThoseOfTheEvents() {
    Topic topic = newTopic();
    database.transaction(
        () -> {
          long first = reserve(topic, 2);
          events.publishEvent(new Noted(topic, first, "noted", Map.of()));
          events.publishEvent(new Noted(topic, first + 1, "noted", Map.of()));
        });
    assertThat(announced(topic)).extracting(JournalEntry::seq).containsExactly(1L, 2L);
  }

  @Test
  void aPositionOfAnotherEpochPastRetentionOrAheadIsReset() {
    Topic topic = newTopic();
    for (int i = 0; i < 5; i++) {
      database.transaction(() -> publish(topic, "x"));
    }
    String epoch = journal.open(topic).head().epoch();
    assertThat(journal.readAfter(topic, new Position("other", 2), 10).reset()).isTrue();
    assertThat(journal.readAfter(topic, new Position(epoch, 6), 10).reset()).isTrue();
    assertThat(journal.readAfter(topic, new Position(epoch, 5), 10).reset()).isFalse();
    node.context().getBean(JournalCleaner.class).removeOlderThan(Instant.now().plusSeconds(1));
    assertThat(journal.readAfter(topic, new Position(epoch, 4), 10).reset()).isTrue();
    assertThat(journal.readAfter(topic, new Position(epoch, 5), 10).reset()).isFalse();
    database.transaction(() -> publish(topic, "after"));
    assertThat(journal.readAfter(topic, new Position(epoch, 5), 10).entries())
        .extracting(JournalEntry::seq)
        .containsExactly(6L);
  }

  @Test
  void aNewLifeOfATopicResetsThePositionsOfTheOneBefore() {
    Topic topic = newTopic();
    database.transaction(() -> publish(topic, "secret"));
    Position before = start(topic);
    journal.begin(topic);
    assertThat(journal.readAfter(topic, before, 10).reset()).isTrue();
    assertThat(journal.open(topic).head().epoch()).isNotEqualTo(before.epoch());
  }

  @Test
  void aNewLifeTouchesNoEventOfTheOneBefore() throws Exception {
    Topic topic = newTopic();
    database.transaction(() -> publish(topic, "secret"));
    CountDownLatch locked = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> lock =
          threads.submit(
              () ->
                  database.transaction(
                      () -> {
                        database.query("SELECT 1 FROM event FOR UPDATE", row -> true);
                        locked.countDown();
                        return await(begun);
                      }));
      locked.await();
      journal.begin(topic);
      begun.countDown();
      assertThat(lock.get()).as("begun while the events were locked").isTrue();
    }
    database.transaction(() -> publish(topic, "public"));
    assertThat(journal.readAfter(topic, journal.oldest(topic), 10).entries())
        .extracting(JournalEntry::data)
        .containsExactly("{\"value\":\"public\"}");
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void unknownTopicsAreNotFound() {
    assertThatThrownBy(() -> journal.readAfter(newTopic(), new Position("e", 0), 1))
        .isInstanceOf(ApiException.class);
  }

  @Test
  void sixtyFourWritersWithRandomRollbacksLeaveNoHoleAndAReaderNeverSkips() throws Exception {
    Topic topic = newTopic();
    Position beginning = journal.open(topic).head();
    AtomicBoolean writing = new AtomicBoolean(true);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<List<Long>> reader =
          threads.submit(
              () -> {
                List<Long> read = new ArrayList<>();
                Position position = beginning;
                boolean last = false;
                while (!last) {
                  last = !writing.get();
                  JournalPage page = journal.readAfter(topic, position, 50);
                  for (JournalEntry entry : page.entries()) {
                    read.add(entry.seq());
                    position = entry.position();
                  }
                  last = last && page.reachesHead();
                }
                return read;
              });
      List<Callable<Integer>> writers = new ArrayList<>();
      for (int writer = 0; writer < 64; writer++) {
        Random random = new Random(writer);
        writers.add(() -> write(topic, random));
      }
      long committed = 0;
      for (Future<Integer> written : threads.invokeAll(writers)) {
        committed += written.get();
      }
      writing.set(false);
      assertThat(committed).isPositive();
      assertThat(reader.get())
          .containsExactlyElementsOf(LongStream.rangeClosed(1, committed).boxed().toList());
      assertThat(announced(topic)).hasSize((int) committed);
    }
  }

  private static int write(Topic topic, Random random) {
    int committed = 0;
    for (int i = 0; i < 12; i++) {
      int events = 1 + random.nextInt(3);
      boolean fails = random.nextInt(3) == 0;
      try {
        database.transaction(
            () -> {
              for (int n = 0; n < events; n++) {
                publish(topic, "x");
              }
              if (fails) {
                throw new IllegalStateException("rolled back on purpose");
              }
            });
        committed += events;
      } catch (IllegalStateException e) {
        assertThat(fails).isTrue();
      }
    }
    return committed;
  }

  private static Position start(Topic topic) {
    return new Position(journal.open(topic).head().epoch(), 0);
  }

  private static List<JournalEntry> announced(Topic topic) {
    return node.context().getBean(CommittedProbe.class).seen.stream()
        .filter(entry -> entry.topic().equals(topic))
        .toList();
  }
}
