package io.crewline.realtime.redis;

import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.realtime.Broadcaster;
import io.crewline.testing.TestRedis;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** With Redis between the nodes. */
final class LiveAccessIT extends LiveAccessContract {
  private static final TestRedis REDIS = TestRedis.started();

  LiveAccessIT() {
    super(REDIS.url(), Duration.ofSeconds(2));
  }

  @BeforeAll
  void connected() {
    for (Crewline node : nodes()) {
      Broadcaster broadcaster = node.context().getBean(Broadcaster.class);
      await().until(broadcaster::isConnected);
    }
  }

  @AfterAll
  static void stopRedis() {
    REDIS.stop();
  }
}
