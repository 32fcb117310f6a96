package io.crewline.realtime.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.realtime.Broadcaster;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.ResumingClient;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import io.crewline.testing.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two nodes on one database and one Redis, as in production but for the process they share. */
@Timeout(120)
final class TwoNodesIT {
  private static final String CID = "messaging:general";
  private static final String KEY = "key-key-key-key-key-key-key-key-key-key";

  private final TestRedis redis = TestRedis.started();
  private final Crewline a;
  private final Crewline b;
  private final Person ada;
  private final Person dave;

  TwoNodesIT() {
    Map<String, String> settings =
        Map.of(
            "DATABASE_URL",
            TestPostgres.createDatabase(),
            "REDIS_URL",
            redis.url(),
            "CREWLINE_BROADCAST_KEYS",
            KEY,
            "CREWLINE_DATABASE_POOL",
            "8");
    a = TestNode.start(settings);
    b = TestNode.start(settings);
    ada = Person.member(a, "ada");
    dave = Person.member(b, "dave");
  }

  @BeforeEach
  void connected() {
    awaitConnected(true);
    ada.post("/api/rooms", "{\"id\":\"general\"}");
  }

  @AfterEach
  void stop() {
    a.close();
    b.close();
    redis.close();
  }

  private void awaitConnected(boolean connected) {
    for (Crewline node : List.of(a, b)) {
      Broadcaster broadcaster = node.context().getBean(Broadcaster.class);
      await().until(() -> broadcaster.isConnected() == connected);
    }
  }

  private static SocketClient watch(Crewline node, Person person) {
    SocketClient client = SocketClient.connect(node.port(), null);
    client.call("connect", "token", person.token());
    assertThat(client.call("channel.watch", "channel", CID)).containsEntry("type", "initialized");
    return client;
  }

  /** Sends a message by A and returns how long it took to B, in milliseconds. */
  private long tripMillis(SocketClient watcher, String text) {
    long sent = System.nanoTime();
    ada.say(CID, text);
    watcher.await(text, frame -> frame.toString().contains("text=" + text));
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sent);
  }

  @Test
  void aMessageSentOnOneNodeReachesAWatcherOnTheOtherAtOnce() {
    try (SocketClient watcher = watch(b, dave)) {
      List<Long> trips = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        trips.add(tripMillis(watcher, "hello-" + i + "."));
      }
      assertThat(trips).allMatch(millis -> millis < 1000);
      // Position checks alone would take a second on average.
      assertThat(trips.stream().sorted().toList().get(5)).isLessThan(300);
    }
  }

  @Test
  void aClientResumesOnTheOtherNode() {
    AtomicInteger port = new AtomicInteger(a.port());
    try (ResumingClient client = new ResumingClient(port::get, "dave", dave.token(), CID)) {
      client.awaitWatching();
      List<Long> ids = new ArrayList<>();
      ids.add(ada.say(CID, "one"));
      await().untilAsserted(() -> assertThat(client.messageIds()).isEqualTo(ids));
      port.set(b.port());
      client.cut();
      ids.add(ada.say(CID, "two"));
      ids.add(ada.say(CID, "three"));
      await().untilAsserted(() -> assertThat(client.messageIds()).isEqualTo(ids));
      assertThat(client.connects()).isGreaterThan(1);
      assertThat(client.broken()).isEmpty();
    }
  }

  @Test
  void withRedisAwayEventsArriveThroughPositionChecksOnceAndInOrder() {
    try (SocketClient watcher = watch(b, dave);
        ResumingClient client = new ResumingClient(b::port, "ada", ada.token(), CID)) {
      client.awaitWatching();
      redis.stop();
      awaitConnected(false);
      List<Long> ids = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        assertThat(tripMillis(watcher, "away-" + i + ".")).isLessThan(2000);
      }
      for (int i = 0; i < 50; i++) {
        ids.add(ada.say(CID, "more-" + i));
      }
      // Back in the middle of it: some now come twice, by check and by Redis.
      redis.start();
      for (int i = 0; i < 50; i++) {
        ids.add(ada.say(CID, "back-" + i));
      }
      awaitConnected(true);
      for (int i = 0; i < 5; i++) {
        assertThat(tripMillis(watcher, "again-" + i + ".")).isLessThan(1000);
      }
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(client.messageIds()).hasSize(110));
      assertThat(client.messageIds()).containsSubsequence(ids).doesNotHaveDuplicates().isSorted();
      assertThat(client.broken()).isEmpty();
      assertThat(client.connects()).isOne();
    }
  }

  @Test
  void aRoomWatchedWhileRedisIsAwayIsLiveOnceItIsBack() {
    redis.stop();
    awaitConnected(false);
    try (SocketClient watcher = watch(b, dave)) {
      redis.start();
      awaitConnected(true);
      assertThat(tripMillis(watcher, "hello.")).isLessThan(1000);
    }
  }

  @Test
  void anEventOfAnotherLifeOfTheTopicStopsNothing() {
    Topic topic = Topic.room(CID);
    String channel = "crewline:1:0:" + topic.name();
    byte[] stale =
        new Envelope(UUID.randomUUID(), List.of(KEY), Clock.systemUTC())
            .wrap(
                channel,
                List.of(new JournalEntry(topic, "another", 1, "noted", Instant.now(), "{}")));
    RedisClient client = RedisClient.create(redis.url());
    try (SocketClient watcher = watch(b, dave);
        StatefulRedisConnection<byte[], byte[]> connection =
            client.connect(ByteArrayCodec.INSTANCE)) {
      connection.sync().publish(channel.getBytes(StandardCharsets.UTF_8), stale);
      assertThat(tripMillis(watcher, "hello.")).isLessThan(1000);
      double healed = healed();
      for (int i = 0; i < 5; i++) {
        assertThat(tripMillis(watcher, "hello-" + i + ".")).isLessThan(1000);
      }
      assertThat(healed()).as("none of them came from the journal").isEqualTo(healed);
      assertThat(watcher.received()).noneMatch(frame -> "another".equals(frame.get("epoch")));
    } finally {
      client.shutdown();
    }
  }

  @Test
  void whoMayPublishOnRedisCannotRepeatThatSomebodyTypes() throws Exception {
    String channel = "crewline:1:0:" + Topic.room(CID).name();
    BlockingQueue<byte[]> heard = new LinkedBlockingQueue<>();
    RedisClient client = RedisClient.create(redis.url());
    try (SocketClient watcher = watch(b, dave);
        SocketClient typist = watch(a, ada);
        StatefulRedisPubSubConnection<byte[], byte[]> listening =
            client.connectPubSub(ByteArrayCodec.INSTANCE);
        StatefulRedisConnection<byte[], byte[]> publishing =
            client.connect(ByteArrayCodec.INSTANCE)) {
      listening.addListener(
          new RedisPubSubAdapter<>() {
            @Override
            public void message(byte[] from, byte[] message) {
              heard.add(message);
            }
          });
      listening.sync().subscribe(channel.getBytes(StandardCharsets.UTF_8));
      typist.call("typing.start", "channel", CID);
      watcher.await("typing.start");
      byte[] started = heard.poll(10, TimeUnit.SECONDS);
      assertThat(started).as("what node A published").isNotNull();
      typist.call("typing.stop", "channel", CID);
      watcher.await("typing.stop");

      publishing.sync().publish(channel.getBytes(StandardCharsets.UTF_8), started);

      // Behind the repeat in the same channel.
      tripMillis(watcher, "hello.");
      assertThat(watcher.received())
          .as("frames after the repeat")
          .noneMatch(frame -> "typing.start".equals(frame.get("type")));
      assertThat(
              b.context()
                  .getBean(MeterRegistry.class)
                  .get("crewline.redis.rejected")
                  .tag("reason", "replayed")
                  .counter()
                  .count())
          .isEqualTo(1);
    } finally {
      client.shutdown();
    }
  }

  private double healed() {
    return b.context().getBean(MeterRegistry.class).get("crewline.events.healed").counter().count();
  }

  @Test
  void readinessTellsOfRedisAndStaysUp() {
    Rest rest = new Rest(b);
    assertThat(rest.get("/health/readiness").body()).contains("\"redis\"", "\"connected\"");
    redis.stop();
    awaitConnected(false);
    assertThat(rest.get("/health/readiness").status()).isEqualTo(200);
    assertThat(rest.get("/health/readiness").body())
        .contains("\"degraded\"")
        .doesNotContain("DOWN", "127.0.0.1");
    assertThat(rest.get("/health/liveness").body()).doesNotContain("redis");
    assertThat(rest.get("/prometheus").body()).contains("crewline_redis_connected 0.0");
  }
}
