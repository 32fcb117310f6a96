package io.crewline.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.testing.SettableClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class DatabaseClockTest {
  private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");

  private final SettableClock machine = new SettableClock();
  private long nanos = 17;
  private final DatabaseClock clock = new DatabaseClock(machine, () -> nanos);

  /** The database says {@code told}; question and answer take the given time each. */
  private void measure(Instant told, Duration question, Duration answer) {
    clock.measure(
        () -> {
          nanos += question.toNanos() + answer.toNanos();
          return told;
        });
  }

  private static Duration ms(long ms) {
    return Duration.ofMillis(ms);
  }

  @Test
  void itShowsTheDatabasesTimeWhateverTheMachinesClockShows() {
    measure(NOON, ms(1), ms(1));
    assertThat(clock.instant()).isEqualTo(NOON.plusMillis(1));
    machine.add(Duration.ofDays(7));
    nanos += ms(500).toNanos();
    assertThat(clock.instant()).isEqualTo(NOON.plusMillis(501));
  }

  @Test
  void aSlowAnswerDoesNotSpoilWhatAQuickOneHasTold() {
    measure(NOON, ms(1), ms(1));
    measure(NOON.plusMillis(10), ms(9), ms(3000));
    assertThat(clock.instant()).isEqualTo(NOON.plusMillis(3010));
  }

  @Test
  void itFollowsADatabaseWhoseClockIsAnotherFromNowOn() {
    measure(NOON, ms(1), ms(1));
    measure(NOON.minusSeconds(60), ms(1), ms(1));
    assertThat(Duration.between(NOON.minusSeconds(60), clock.instant())).isBetween(ms(0), ms(2));
    measure(NOON.plusSeconds(60), ms(1), ms(1));
    assertThat(Duration.between(NOON.plusSeconds(60), clock.instant())).isBetween(ms(0), ms(2));
  }

  @Test
  void itSaysHowFarTheMachineIsOff() {
    measure(machine.instant().minusSeconds(5), ms(0), ms(0));
    assertThat(clock.machineOffset()).isEqualTo(Duration.ofSeconds(5));
    measure(machine.instant().plusSeconds(5), ms(0), ms(0));
    assertThat(clock.machineOffset()).isEqualTo(Duration.ofSeconds(-5));
  }
}
