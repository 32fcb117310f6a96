package io.crewline.webhook;

import io.crewline.platform.Settings;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** How long to wait after a failed attempt: the setting's waits, each a tenth more or less. */
@Singleton
final class RetrySchedule {
  private final List<Duration> waits;
  private final DoubleSupplier random;

  @Inject
  RetrySchedule(Settings settings) {
    this(settings.webhooks().retries(), RandomGenerator.getDefault()::nextDouble);
  }

  /**
   * @param random gives numbers from 0 to 1
   */
  RetrySchedule(List<Duration> waits, DoubleSupplier random) {
    this.waits = waits;
    this.random = random;
  }

  /**
   * The wait after the given number of attempts, not shorter than what the receiver asked for; null
   * when there is no further attempt.
   */
  @Nullable Duration after(int attempts, @Nullable Duration askedFor) {
    if (attempts > waits.size()) {
      return null;
    }
    double factor = 0.9 + 0.2 * random.getAsDouble();
    Duration wait = Duration.ofMillis((long) (waits.get(attempts - 1).toMillis() * factor));
    return askedFor != null && askedFor.compareTo(wait) > 0 ? askedFor : wait;
  }
}
