package io.crewline.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RetryScheduleTest {
  private static final List<Duration> WAITS = List.of(Duration.ofSeconds(10), Duration.ofHours(1));

  @Test
  void eachWaitIsATenthMoreOrLess() {
    RetrySchedule shortest = new RetrySchedule(WAITS, () -> 0);
    RetrySchedule longest = new RetrySchedule(WAITS, () -> 1);
    assertThat(shortest.after(1, null)).isEqualTo(Duration.ofSeconds(9));
    assertThat(longest.after(1, null)).isEqualTo(Duration.ofSeconds(11));
    assertThat(shortest.after(2, null)).isEqualTo(Duration.ofMinutes(54));
    assertThat(longest.after(2, null)).isEqualTo(Duration.ofMinutes(66));
  }

  @Test
  void aReceiverCanAskForALongerWaitButNotForAShorterOne() {
    RetrySchedule schedule = new RetrySchedule(WAITS, () -> 0.5);
    assertThat(schedule.after(1, Duration.ofMinutes(10))).isEqualTo(Duration.ofMinutes(10));
    assertThat(schedule.after(1, Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void nothingIsTriedAfterTheLastWait() {
    RetrySchedule schedule = new RetrySchedule(WAITS, () -> 0.5);
    assertThat(schedule.after(2, null)).isNotNull();
    assertThat(schedule.after(3, null)).isNull();
  }
}
