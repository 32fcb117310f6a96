package io.crewline.realtime.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.platform.Settings;
import io.crewline.platform.Watchdog;
import io.crewline.testing.TestNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A broadcaster, what it received, and how often it said that it was connected again. */
record TestBroadcaster(
    RedisBroadcaster broadcaster,
    Queue<JournalEntry> received,
    AtomicInteger reconnects,
    SimpleMeterRegistry registry,
    Watchdog watchdog) {

  static TestBroadcaster at(String url, String... keys) {
    Map<String, String> environment = new HashMap<>();
    environment.put("DATABASE_URL", "postgres://user:password@127.0.0.1/none");
    environment.put("CREWLINE_SECRET_KEY", TestNode.SECRET);
    environment.put("REDIS_URL", url);
    environment.put("CREWLINE_BROADCAST_KEYS", String.join(",", keys));
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Settings settings = Settings.from(environment);
    Watchdog watchdog = new Watchdog(settings, registry);
    return new TestBroadcaster(
        new RedisBroadcaster(settings, registry, Clock.systemUTC(), watchdog),
        new ConcurrentLinkedQueue<>(),
        new AtomicInteger(),
        registry,
        watchdog);
  }

  static JournalEntry entry(Topic topic, long seq) {
    return new JournalEntry(
        topic,
        "4f1c2a9be07d",
        seq,
        "noted",
        Instant.parse("2026-01-02T03:04:05.678Z"),
        "{\"n\":1}");
  }

  TestBroadcaster started() {
    broadcaster.start(received::addAll, events -> {}, reconnects::incrementAndGet);
    return this;
  }

  TestBroadcaster connected() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(broadcaster.isConnected()).isTrue());
    return this;
  }

  TestBroadcaster watching(Topic topic) throws Exception {
    broadcaster.subscribe(topic).toCompletableFuture().get(5, TimeUnit.SECONDS);
    return this;
  }

  void send(JournalEntry... entries) {
    broadcaster.broadcast(List.of(entries));
  }

  double count(String meter, String... tags) {
    return registry.find(meter).tags(tags).counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  void stop() {
    broadcaster.stop();
  }
}
