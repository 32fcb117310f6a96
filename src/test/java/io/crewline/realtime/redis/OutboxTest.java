package io.crewline.realtime.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.realtime.EphemeralEvent;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class OutboxTest {
  private final Outbox outbox = new Outbox();

  private static Cargo entry(long seq, String data) {
    return new Cargo.Entry(new JournalEntry(Topic.TASKS, "e", seq, "noted", Instant.EPOCH, data));
  }

  private static Cargo ephemeral() {
    return new Cargo.Ephemeral(
        new EphemeralEvent(Topic.TASKS, "typing.start", Instant.EPOCH, "{}"));
  }

  @Test
  void ephemeralEventsAreTheFirstToBeRefused() {
    for (int seq = 1; seq <= Outbox.ENTRIES / 2; seq++) {
      assertThat(outbox.offer(ephemeral())).isTrue();
    }
    assertThat(outbox.offer(ephemeral())).isFalse();
    assertThat(outbox.offer(entry(1, "{}"))).isTrue();
  }

  @Test
  void entriesComeOutInOrderAndInBatches() throws Exception {
    for (int seq = 1; seq <= 5; seq++) {
      assertThat(outbox.offer(entry(seq, "{}"))).isTrue();
    }
    assertThat(outbox.take(3)).containsExactly(entry(1, "{}"), entry(2, "{}"), entry(3, "{}"));
    assertThat(outbox.take(3)).containsExactly(entry(4, "{}"), entry(5, "{}"));
    assertThat(outbox.isEmpty()).isTrue();
  }

  @Test
  void pastItsEntriesItTakesNoMoreUntilSomeAreTaken() throws Exception {
    for (int seq = 1; seq <= Outbox.ENTRIES; seq++) {
      assertThat(outbox.offer(entry(seq, "{}"))).isTrue();
    }
    assertThat(outbox.offer(entry(1, "{}"))).isFalse();
    assertThat(outbox.take(1)).hasSize(1);
    assertThat(outbox.offer(entry(1, "{}"))).isTrue();
  }

  @Test
  void pastItsCharactersItTakesNoMoreUntilItIsCleared() {
    String data = "x".repeat(1 << 20);
    int fits = (int) (Outbox.CHARACTERS / data.length());
    for (int seq = 1; seq <= fits; seq++) {
      assertThat(outbox.offer(entry(seq, data))).isTrue();
    }
    assertThat(outbox.offer(entry(1, data))).isFalse();
    assertThat(outbox.clear()).isEqualTo(fits);
    assertThat(outbox.offer(entry(1, data))).isTrue();
  }
}
