package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

final class FailureLimitTest {
  private final SettableClock clock = new SettableClock();
  private final FailureLimit limit = new FailureLimit(10, clock);

  @Test
  void fillsEvenly() {
    fail(10);
    assertThat(limit.waitMs("key")).isEqualTo(6000);
    clock.add(Duration.ofSeconds(4));
    assertThat(limit.waitMs("key")).isEqualTo(2000);
    clock.add(Duration.ofSeconds(2));
    assertThat(limit.waitMs("key")).isZero();
    fail(1);
    assertThat(limit.waitMs("key")).isEqualTo(6000);
  }

  @Test
  void holdsNoMoreThanAMinute() {
    fail(1);
    clock.add(Duration.ofHours(1));
    fail(10);
    assertThat(limit.waitMs("key")).isEqualTo(6000);
  }

  @Test
  void aClockSetBackChangesNothing() {
    fail(9);
    clock.add(Duration.ofDays(-1));
    assertThat(limit.waitMs("key")).isZero();
    fail(1);
    assertThat(limit.waitMs("key")).isEqualTo(6000);
  }

  @Test
  void keysAreApart() {
    fail(10);
    assertThat(limit.waitMs("another key")).isZero();
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      limit.failed("key");
    }
  }

  private static final class SettableClock extends Clock {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    void add(Duration duration) {
      now = now.plus(duration);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
