package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.journal.TopicState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of events that came and that the journal does not show. */
final class ServedTopicTest {
  private static final Topic ROOM = Topic.room("messaging:held");

  private final List<Long> delivered = new ArrayList<>();
  private final ServedTopic served =
      new ServedTopic(
          ROOM,
          List.of(
              new DeliveryListener() {
                @Override
                public boolean wants(JournalEntry entry) {
                  return true;
                }

                @Override
                public void delivered(JournalEntry entry) {
                  delivered.add(entry.seq());
                }
              }),
          new RealtimeMetrics(new SimpleMeterRegistry(), Clock.systemUTC()),
          new RecentEvents.Budget(1_000_000));

  @BeforeEach
  void begin() {
    served.enter();
    served.begin(new TopicState(at(0), 0));
  }

  private static Position at(long seq) {
    return new Position("e", seq);
  }

  private static JournalEntry entry(long seq) {
    return new JournalEntry(ROOM, "e", seq, "noted", Instant.EPOCH, "{}");
  }

  private int compare(long head) {
    return served.compare(at(head), served.held());
  }

  @Test
  void whatTheJournalDoesNotShowTwiceIsForgotten() {
    served.accept(List.of(entry(5), entry(6)));

    assertThat(compare(0)).isZero();
    assertThat(served.doubts()).isTrue();
    assertThat(compare(0)).isEqualTo(2);

    assertThat(served.doubts()).isFalse();
    assertThat(served.hasGap()).isFalse();
  }

  @Test
  void whatIsDoubtedIsNotDeliveredWhenTheGapBeforeItCloses() {
    served.accept(List.of(entry(3)));
    compare(0);

    assertThat(served.accept(List.of(entry(1), entry(2)))).as("somebody has to look").isTrue();
    assertThat(delivered).containsExactly(1L, 2L);

    assertThat(compare(2)).isOne();
    assertThat(delivered).containsExactly(1L, 2L);
    served.accept(List.of(entry(3), entry(4)));
    assertThat(delivered).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void whatTheJournalShowsAfterAllIsDelivered() {
    served.accept(List.of(entry(3)));
    compare(0);

    served.accept(List.of(entry(1), entry(2), entry(3)));

    assertThat(delivered).containsExactly(1L, 2L, 3L);
    assertThat(served.hasGap()).isFalse();
  }

  @Test
  void whatCameWhileTheJournalWasReadIsNotDoubted() {
    List<JournalEntry> before = served.held();
    served.accept(List.of(entry(2)));

    served.compare(at(0), before);
    served.accept(List.of(entry(1)));

    assertThat(delivered).containsExactly(1L, 2L);
  }
}
