package io.crewline.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.chaos.JournalCopy.TopicCopy;
import io.crewline.chaos.Verdict.Kind;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The judge itself: records that are wrong on purpose must be found wrong, good ones good. */
final class ComparisonTest {
  private static final String TOPIC = "room:messaging:general";
  private static final String EPOCH = "e1";

  private final JournalCopy journal = new JournalCopy();
  private final Acknowledged acknowledged = new Acknowledged(List.of(TOPIC));
  private final Received received = new Received("reader", TOPIC, EPOCH, 2);

  /** Sends 1 to {@code count} of writer 1, message 100 + n, at sequence number n. */
  private TopicCopy topic(int count) {
    TopicCopy topic = journal.add(new TopicCopy(TOPIC, EPOCH, count, 0));
    for (int n = 1; n <= count; n++) {
      topic.add(n, 100 + n, SendKey.of(1, n), n, n, null);
    }
    return topic;
  }

  private void receive(long... seqs) {
    for (long seq : seqs) {
      received.add(EPOCH, seq, (int) seq, 5000, 0);
    }
  }

  private Verdict judge() {
    Comparison comparison = new Comparison(journal, time -> "around " + time);
    comparison.journal();
    comparison.acknowledged(acknowledged);
    comparison.received(received);
    return comparison.verdict();
  }

  private Map<Kind, Long> faults() {
    Verdict verdict = judge();
    Map<Kind, Long> faults =
        verdict.counts().entrySet().stream()
            .filter(count -> count.getValue() > 0)
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    assertThat(verdict.isGood()).isEqualTo(faults.isEmpty());
    assertThat(verdict.details()).hasSizeGreaterThanOrEqualTo(faults.size());
    return faults;
  }

  @Test
  void whatIsCompleteAndInOrderIsGood() {
    topic(5);
    acknowledged.add(SendKey.of(1, 4), 0, 104, 0);
    receive(3, 4, 5);
    assertThat(faults()).isEmpty();
  }

  @Test
  void anEventThatIsLeftOutIsLost() {
    topic(6);
    receive(3, 6);
    assertThat(faults())
        .containsOnly(Map.entry(Kind.LOST_DELIVERY, 2L), Map.entry(Kind.REORDERED_DELIVERY, 1L));
    assertThat(judge().details().toString()).contains("reader", TOPIC, "4 to 5 of 6", "around 4");
  }

  @Test
  void eventsMissingAtTheEndOrAtTheBeginningAreLost() {
    topic(6);
    receive(4, 5);
    assertThat(faults())
        .containsOnly(Map.entry(Kind.LOST_DELIVERY, 2L), Map.entry(Kind.REORDERED_DELIVERY, 1L));
  }

  @Test
  void aReaderThatGotNothingLostEverything() {
    topic(6);
    assertThat(faults()).containsOnly(Map.entry(Kind.LOST_DELIVERY, 4L));
  }

  @Test
  void anEventThatComesTwiceIsDuplicated() {
    topic(4);
    receive(3, 3, 4, 3);
    assertThat(faults()).containsOnly(Map.entry(Kind.DUPLICATED_DELIVERY, 2L));
  }

  @Test
  void anEventThatThePositionHadAlreadyIsDuplicated() {
    topic(4);
    receive(2, 3, 4);
    assertThat(faults()).containsOnly(Map.entry(Kind.DUPLICATED_DELIVERY, 1L));
  }

  @Test
  void eventsInAnotherOrderAreReordered() {
    topic(5);
    receive(4, 3, 5);
    assertThat(faults()).containsOnly(Map.entry(Kind.REORDERED_DELIVERY, 3L));
  }

  @Test
  void anEventThatTheJournalDoesNotHoldIsInvented() {
    topic(3);
    receive(3, 4);
    assertThat(faults()).containsOnly(Map.entry(Kind.INVENTED, 1L));
  }

  @Test
  void anEventWithAnotherContentIsInvented() {
    topic(3);
    received.add(EPOCH, 3, 999, 5000, 0);
    assertThat(faults()).containsOnly(Map.entry(Kind.INVENTED, 1L));
  }

  @Test
  void anEventOfAnotherEpochIsInventedAndTheRightOneLost() {
    topic(3);
    received.add("e2", 3, 3, 5000, 0);
    assertThat(faults())
        .containsOnly(Map.entry(Kind.INVENTED, 1L), Map.entry(Kind.LOST_DELIVERY, 1L));
  }

  @Test
  void anAcknowledgedSendThatIsNotInTheJournalIsLost() {
    topic(3);
    receive(3);
    acknowledged.add(SendKey.of(2, 1), 0, 103, 0);
    assertThat(faults()).containsOnly(Map.entry(Kind.LOST_SEND, 1L));
  }

  @Test
  void anAcknowledgementThatNamesAnotherMessageIsALostSend() {
    topic(3);
    receive(3);
    acknowledged.add(SendKey.of(1, 2), 0, 103, 0);
    assertThat(faults()).containsOnly(Map.entry(Kind.LOST_SEND, 1L));
  }

  @Test
  void aClientIdThatIsTwiceInTheJournalIsDuplicated() {
    TopicCopy topic = journal.add(new TopicCopy(TOPIC, EPOCH, 4, 0));
    for (int n = 1; n <= 4; n++) {
      topic.add(n, 100 + n, SendKey.of(1, Math.min(n, 3)), n, n, null);
    }
    receive(3);
    received.add(EPOCH, 4, 4, 5000, 0);
    assertThat(faults()).containsOnly(Map.entry(Kind.DUPLICATED_SEND, 1L));
  }

  @Test
  void aLaterSendBeforeAnEarlierOneIsReordered() {
    TopicCopy topic = journal.add(new TopicCopy(TOPIC, EPOCH, 2, 0));
    topic.add(1, 101, SendKey.of(1, 2), 1, 1, null);
    topic.add(2, 102, SendKey.of(1, 1), 2, 2, null);
    assertThat(faults()).containsOnly(Map.entry(Kind.REORDERED_SEND, 1L));
  }

  @Test
  void aJournalWithAHoleOrAWrongHeadIsFound() {
    TopicCopy topic = journal.add(new TopicCopy(TOPIC, EPOCH, 5, 0));
    topic.add(1, 101, SendKey.of(1, 1), 1, 1, null);
    topic.add(2, 102, SendKey.of(1, 2), 2, 2, null);
    topic.add(4, 104, SendKey.of(1, 4), 4, 4, null);
    receive(4);
    assertThat(faults().keySet())
        .isEqualTo(Set.copyOf(EnumSet.of(Kind.HOLE, Kind.REORDERED_DELIVERY, Kind.LOST_DELIVERY)));
  }

  @Test
  void clientIdsSurviveTheWayToTheWireAndBack() {
    long key = SendKey.of(17, 123_456_789_012L);
    assertThat(SendKey.parse(SendKey.text(key))).isEqualTo(key);
    assertThat(SendKey.writer(key)).isEqualTo(17);
    assertThat(SendKey.send(key)).isEqualTo(123_456_789_012L);
    assertThat(SendKey.parse("someone else's")).isEqualTo(SendKey.NONE);
    assertThat(SendKey.parse(null)).isEqualTo(SendKey.NONE);
  }
}
