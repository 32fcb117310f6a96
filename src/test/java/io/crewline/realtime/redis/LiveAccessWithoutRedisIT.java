package io.crewline.realtime.redis;

import io.crewline.testing.TestRedis;
import java.time.Duration;

/** While Redis is away: nodes find in the journal, once a second, what others have changed. */
final class LiveAccessWithoutRedisIT extends LiveAccessContract {
  LiveAccessWithoutRedisIT() {
    super(TestRedis.stopped().url(), Duration.ofSeconds(3));
  }
}
