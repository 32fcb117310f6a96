package io.crewline.realtime.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.testing.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class ReplayGuardTest {
  private final SettableClock clock = new SettableClock();
  private final ReplayGuard guard = new ReplayGuard(clock);
  private final UUID sender = UUID.randomUUID();

  private boolean admits(long count) {
    return guard.admits(sender, count, clock.instant());
  }

  @Test
  void eachCountOfTheWindowIsAdmittedOnce() {
    long newest = 5L * ReplayGuard.WINDOW + 17;
    assertThat(admits(newest)).isTrue();
    long oldest = newest - ReplayGuard.WINDOW + 1;
    assertThat(admits(oldest)).isTrue();
    assertThat(admits(oldest)).isFalse();
    assertThat(admits(oldest - 1)).as("behind the window").isFalse();
    assertThat(admits(newest)).isFalse();
    assertThat(admits(newest + 1)).as("takes the place of the oldest").isTrue();
    assertThat(admits(newest + 2)).as("takes a free place").isTrue();
    assertThat(admits(oldest)).isFalse();
  }

  @Test
  void aJumpPastTheWindowFreesAllOfIt() {
    for (long count = 1; count <= 1000; count++) {
      assertThat(admits(count)).isTrue();
    }
    long far = 3L * ReplayGuard.WINDOW + 1000;
    assertThat(admits(far)).isTrue();
    for (long count = far - 999; count < far; count++) {
      assertThat(admits(count)).as("count " + count).isTrue();
      assertThat(admits(count)).as("count " + count).isFalse();
    }
  }

  @Test
  void countsOfOneSenderSayNothingOfAnothers() {
    assertThat(admits(7)).isTrue();
    assertThat(guard.admits(UUID.randomUUID(), 7, clock.instant())).isTrue();
  }

  @Test
  void whatWasAdmittedIsNeverAdmittedAgainHoweverLongOneWaits() {
    Instant at = clock.instant().plus(ReplayGuard.FRESH).minusMillis(1);
    assertThat(guard.admits(sender, 1, at)).as("by a sender whose clock is ahead").isTrue();
    for (int second = 0; second < 200; second++) {
      clock.add(Duration.ofSeconds(1));
      guard.admits(UUID.randomUUID(), 1, clock.instant()); // makes it forget what it may
      assertThat(guard.admits(sender, 1, at)).as("after %d s", second + 1).isFalse();
    }
  }

  @Test
  void whatIsNotFreshIsRefused() {
    Instant now = clock.instant();
    assertThat(guard.admits(sender, 1, now.minus(ReplayGuard.FRESH))).isFalse();
    assertThat(guard.admits(sender, 1, now.plus(ReplayGuard.FRESH))).isFalse();
    assertThat(guard.admits(sender, 1, now.minus(ReplayGuard.FRESH).plusMillis(1))).isTrue();
  }

  @Test
  void sendersThatAreGoneAreForgotten() {
    for (int restart = 0; restart < 1000; restart++) {
      guard.admits(UUID.randomUUID(), 1, clock.instant());
      clock.add(Duration.ofSeconds(1));
    }
    assertThat(guard.senders()).isLessThanOrEqualTo(91);
  }
}
