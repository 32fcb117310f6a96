package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Settings;
import io.crewline.platform.limit.RateLimits;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class CommandAllowanceTest {
  private static final Session.Login DAVE =
      new Session.Login(new Identity("dave", "Dave", Role.MEMBER), null);
  private static final Session.Login ADA =
      new Session.Login(new Identity("ada", "Ada", Role.MEMBER), null);

  private final AtomicLong now = new AtomicLong();
  private final RateLimits limits =
      new RateLimits(
          Settings.from(Map.of("CREWLINE_LIMIT_SESSION", "100", "CREWLINE_LIMIT_USER", "150"))
              .limits(),
          now::get);
  private final CommandAllowance allowance = new CommandAllowance(limits);

  private void passMs(long ms) {
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(ms));
  }

  private static int taken(CommandAllowance allowance, Session.Login login, int tries) {
    int taken = 0;
    for (int i = 0; i < tries; i++) {
      taken += allowance.take(login) == null ? 1 : 0;
    }
    return taken;
  }

  @Test
  void refusalsSayWhenToComeBack() {
    assertThat(taken(allowance, DAVE, 1000)).isEqualTo(1000);
    ApiException refusal = Objects.requireNonNull(allowance.take(DAVE));
    assertThat(refusal.code()).isEqualTo(ErrorCode.RATE_LIMITED);
    assertThat(refusal.retryAfterMs()).isEqualTo(1000);
  }

  @Test
  void sessionsOfOneUserShareTheUsersBucketAndOthersHaveTheirOwn() {
    CommandAllowance second = new CommandAllowance(limits);
    assertThat(taken(allowance, DAVE, 1000)).isEqualTo(1000);
    assertThat(taken(second, DAVE, 1000)).isEqualTo(500);
    assertThat(taken(new CommandAllowance(limits), ADA, 1000)).isEqualTo(1000);
  }

  @Test
  void whoNeverPausesIsOverForTooLong() {
    taken(allowance, DAVE, 1000);
    for (int i = 0; i <= 300; i++) {
      assertThat(allowance.isOverForTooLong()).isFalse();
      taken(allowance, DAVE, 20);
      passMs(100);
    }
    taken(allowance, DAVE, 20);
    assertThat(allowance.isOverForTooLong()).isTrue();
  }

  @Test
  void whoHeedsRefusalsMayStayAtTheLimitForEver() {
    taken(allowance, DAVE, 1000);
    for (int i = 0; i < 1000; i++) {
      taken(allowance, DAVE, 150);
      assertThat(allowance.isOverForTooLong()).isFalse();
      passMs(1000);
    }
  }
}
