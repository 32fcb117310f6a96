package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RecentEventsTest {
  private static final Topic TOPIC = Topic.parse("room:messaging:recent");
  private static final int MEGABYTE = 1 << 20;

  private final RecentEvents.Budget budget = new RecentEvents.Budget(100L * MEGABYTE);
  private final RecentEvents recent = new RecentEvents(budget);

  @Test
  void whatFollowsAPositionIsGivenInOrderAndNoMoreThanAskedFor() {
    append(5, 9);

    assertThat(numbers(recent.after(4, 100))).containsExactly(5L, 6L, 7L, 8L, 9L);
    assertThat(numbers(recent.after(6, 2))).containsExactly(7L, 8L);
    assertThat(recent.first(77)).isEqualTo(5);
  }

  @Test
  void whatFollowsAPositionCostsNoMoreForWhatIsBeforeIt() {
    append(1, 8000);
    RecentEvents few = new RecentEvents(budget);
    few.append(entry(7999, 10));
    few.append(entry(8000, 10));

    long fewNanos = Long.MAX_VALUE;
    long manyNanos = Long.MAX_VALUE;
    for (int round = 0; round < 7; round++) {
      fewNanos = Math.min(fewNanos, nanosToReadTheLast(few));
      manyNanos = Math.min(manyNanos, nanosToReadTheLast(recent));
    }

    // Walking over all of them takes some hundred times as long.
    assertThat(manyNanos).isLessThan(40 * fewNanos);
  }

  private static long nanosToReadTheLast(RecentEvents events) {
    long start = System.nanoTime();
    for (int i = 0; i < 2000; i++) {
      assertLast(events.after(7999, 200));
    }
    return System.nanoTime() - start;
  }

  private static void assertLast(@Nullable List<JournalEntry> found) {
    if (found == null || found.size() != 1 || found.getFirst().seq() != 8000) {
      throw new AssertionError(found);
    }
  }

  @Test
  void everyPositionIsAnsweredRightWhileTheOldestGiveWay() {
    for (long next = 1; next <= 200; next++) {
      recent.append(entry(next, MEGABYTE / 16));
      if (next % 7 == 0) {
        long first = recent.first(0);
        recent.prepend(entries(Math.max(1, first - 3), first - 1, 10), first);
      }
      for (long after = recent.first(0) - 1; after < next; after++) {
        assertThat(numbers(recent.after(after, 5)))
            .isEqualTo(
                LongStream.rangeClosed(after + 1, Math.min(next, after + 5)).boxed().toList());
      }
    }
  }

  @Test
  void aPositionBeforeTheOldestOrAtTheNewestIsNotAnswered() {
    assertThat(recent.after(0, 100)).isNull();
    append(5, 9);

    assertThat(recent.after(3, 100)).isNull();
    assertThat(recent.after(9, 100)).isNull();
    assertThat(recent.after(12, 100)).isNull();
  }

  @Test
  void earlierEventsAreTakenOnlyWhereTheyJoin() {
    append(10, 11);

    recent.prepend(entries(5, 8, 10), 10);
    assertThat(recent.first(77)).describedAs("a hole before 10").isEqualTo(10);

    recent.prepend(entries(5, 10, 10), 10);
    assertThat(numbers(recent.after(4, 100))).containsExactly(5L, 6L, 7L, 8L, 9L, 10L, 11L);
  }

  @Test
  void earlierEventsAreTakenWhereThereAreNoneYet() {
    recent.prepend(entries(1, 3, 10), 4);
    append(4, 4);

    assertThat(numbers(recent.after(0, 100))).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void theOldestGiveWayToTheNewestOfOneTopic() {
    for (int seq = 1; seq <= 10; seq++) {
      recent.append(entry(seq, MEGABYTE / 2));
    }

    assertThat(numbers(recent.after(7, 100))).containsExactly(8L, 9L, 10L);
    assertThat(recent.after(5, 100)).isNull();
    recent.prepend(List.of(entry(6, MEGABYTE), entry(7, MEGABYTE)), 8);
    assertThat(recent.first(77)).describedAs("no room for earlier ones").isEqualTo(8);
  }

  @Test
  void topicsTogetherStayWithinTheirBudgetAndGiveItBack() {
    RecentEvents.Budget small = new RecentEvents.Budget(MEGABYTE);
    RecentEvents one = new RecentEvents(small);
    RecentEvents other = new RecentEvents(small);
    one.append(entry(1, MEGABYTE * 3 / 4));

    other.append(entry(1, MEGABYTE / 2));
    other.append(entry(2, 100));

    assertThat(numbers(other.after(1, 10))).describedAs("what fits").containsExactly(2L);
    assertThat(other.after(0, 10)).isNull();
    one.clear();
    other.clear();
    assertThat(small.usedBytes()).isZero();
  }

  private void append(long from, long to) {
    entries(from, to, 10).forEach(recent::append);
  }

  private static List<JournalEntry> entries(long from, long to, int size) {
    return LongStream.rangeClosed(from, to).mapToObj(seq -> entry(seq, size)).toList();
  }

  private static JournalEntry entry(long seq, int size) {
    return new JournalEntry(TOPIC, "e", seq, "message.new", Instant.EPOCH, "x".repeat(size));
  }

  private static List<Long> numbers(@Nullable List<JournalEntry> entries) {
    return entries == null ? List.of() : entries.stream().map(JournalEntry::seq).toList();
  }
}
