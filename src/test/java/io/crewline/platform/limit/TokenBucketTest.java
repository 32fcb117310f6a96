package io.crewline.platform.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenBucketTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** Also where the clock runs over, as {@code nanoTime} may. */
  @ParameterizedTest
  @ValueSource(longs = {0, 12345, -1_000_000_000, Long.MAX_VALUE - 5})
  void tenSecondsWorthMayComeAtOnceThenTheRateHolds(long start) {
    TokenBucket bucket = new TokenBucket(100, start);
    assertThat(taken(bucket, 2000, start)).isEqualTo(1000);
    assertThat(taken(bucket, 2000, start + SECOND)).isEqualTo(100);
    assertThat(taken(bucket, 2000, start + SECOND + SECOND / 2)).isEqualTo(50);
    assertThat(taken(bucket, 2000, start + 3600 * SECOND)).isEqualTo(1000);
  }

  @Test
  void whoWaitsAsToldGetsASecondsWorth() {
    TokenBucket bucket = new TokenBucket(100, 0);
    taken(bucket, 1000, 0);
    long waitMs = bucket.take(0);
    assertThat(waitMs).isEqualTo(1000);
    assertThat(taken(bucket, 2000, TimeUnit.MILLISECONDS.toNanos(waitMs))).isEqualTo(100);
  }

  @Test
  void refusalsCostNothing() {
    TokenBucket bucket = new TokenBucket(100, 0);
    assertThat(taken(bucket, 1_000_000, 0)).isEqualTo(1000);
    assertThat(taken(bucket, 2000, SECOND)).isEqualTo(100);
  }

  @Test
  void whatIsChargedIsOwed() {
    TokenBucket bucket = new TokenBucket(1000, 0);
    assertThat(bucket.charge(10_000, 0)).isZero();
    assertThat(bucket.charge(3_000, 0)).isEqualTo(4000);
    assertThat(bucket.take(3 * SECOND)).isEqualTo(1000);
    assertThat(bucket.charge(1, 4 * SECOND)).isZero();
  }

  @Test
  void noRateIsNoLimit() {
    TokenBucket bucket = new TokenBucket(0, 0);
    assertThat(taken(bucket, 100_000, 0)).isEqualTo(100_000);
    assertThat(bucket.charge(Integer.MAX_VALUE, 0)).isZero();
  }

  @Test
  void threadsTogetherTakeNoMoreThanThereIs() {
    TokenBucket bucket = new TokenBucket(1000, 0);
    int taken =
        IntStream.range(0, 4)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> taken(bucket, 5000, 0)))
            .toList()
            .stream()
            .mapToInt(CompletableFuture::join)
            .sum();
    assertThat(taken).isEqualTo(10_000);
  }

  private static int taken(TokenBucket bucket, int tries, long now) {
    int taken = 0;
    for (int i = 0; i < tries; i++) {
      taken += bucket.take(now) == 0 ? 1 : 0;
    }
    return taken;
  }
}
