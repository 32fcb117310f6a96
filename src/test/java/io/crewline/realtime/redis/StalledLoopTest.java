package io.crewline.realtime.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.journal.Topic;
import io.crewline.platform.Settings;
import io.crewline.platform.Watchdog;
import io.crewline.testing.TestRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The loops between this node and Redis are watched while they have something to do. */
@Timeout(60)
final class StalledLoopTest {
  private static final Topic ROOM = Topic.room("messaging:stalled");
  private static final Duration LONGER = Duration.ofMinutes(5);

  private final CompletableFuture<Void> reached = new CompletableFuture<>();
  private final CompletableFuture<Void> go = new CompletableFuture<>();

  @AfterEach
  void letGo() {
    go.complete(null);
  }

  private void stop() {
    reached.complete(null);
    go.join();
  }

  private void standsStillAndGoesOn(Watchdog watchdog, String loop) {
    reached.join();
    watchdog.check(LONGER);
    watchdog.check(LONGER);
    assertThat(watchdog.stalled()).containsExactly(loop);

    go.complete(null);

    await()
        .untilAsserted(
            () -> {
              watchdog.check(Duration.ofMillis(1));
              assertThat(watchdog.stalled()).isEmpty();
            });
  }

  @Test
  void theOneThatConnects() {
    try (TestRedis redis = TestRedis.started()) {
      TestBroadcaster node = TestBroadcaster.at(redis.url());
      node.broadcaster().start(entries -> {}, events -> {}, this::stop);
      try {
        standsStillAndGoesOn(node.watchdog(), "redis link");
      } finally {
        node.stop();
      }
      await().untilAsserted(() -> assertThat(node.watchdog().watched()).isEmpty());
    }
  }

  /** It goes on waiting for a Redis that is away: it does not stand still. */
  @Test
  void theOneThatConnectsIsAliveWhileRedisIsAway() {
    try (TestRedis redis = TestRedis.stopped()) {
      TestBroadcaster node = TestBroadcaster.at(redis.url()).started();
      try {
        await().untilAsserted(() -> assertThat(node.watchdog().watched()).contains("redis link"));
        node.watchdog().check(LONGER);
        node.watchdog().check(LONGER);
        await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () -> {
                  node.watchdog().check(Duration.ofMillis(1));
                  assertThat(node.watchdog().stalled()).isEmpty();
                });
      } finally {
        node.stop();
      }
    }
  }

  @Test
  void theOneThatPublishes() throws InterruptedException {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Watchdog watchdog = new Watchdog(Settings.from(Map.of()), registry);
    Outbox outbox = new Outbox();
    try (RedisLink nowhere =
            RedisLink.open(
                (host, listener) -> new CompletableFuture<>(),
                Duration.ofSeconds(1),
                Collections.singletonList(null),
                (channel, message) -> {},
                () -> {});
        Publisher publisher =
            new Publisher(
                outbox,
                nowhere,
                new Envelope(UUID.randomUUID(), List.of(), Clock.systemUTC()),
                topic -> {
                  stop();
                  return topic.name();
                },
                new RedisMetrics(registry, () -> true),
                watchdog.watchRemote("redis publisher", Duration.ofSeconds(1)))) {
      assertThat(watchdog.stalled()).isEmpty();
      outbox.offer(Cargo.ofEntries(List.of(TestBroadcaster.entry(ROOM, 1))).getFirst());

      standsStillAndGoesOn(watchdog, "redis publisher");

      // What could not be sent has ended the link, and with it the publisher.
      await().untilAsserted(() -> assertThat(watchdog.watched()).isEmpty());
    }
  }
}
