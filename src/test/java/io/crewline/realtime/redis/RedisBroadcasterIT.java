package io.crewline.realtime.redis;

import static io.crewline.realtime.redis.TestBroadcaster.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.platform.Settings.SettingsException;
import io.crewline.realtime.Broadcaster;
import io.crewline.realtime.BroadcasterContract;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class RedisBroadcasterIT extends BroadcasterContract {
  private static final String OLD = "old-old-old-old-old-old-old-old-old-old";
  private static final String NEW = "new-new-new-new-new-new-new-new-new-new";
  private static final Topic ROOM = Topic.room("messaging:redis");
  private static final TestRedis REDIS = TestRedis.stopped();

  private final List<TestBroadcaster> nodes = new ArrayList<>();

  @BeforeAll
  static void startRedis() {
    REDIS.start();
  }

  @AfterAll
  static void stopRedis() {
    REDIS.close();
  }

  @AfterEach
  void stopNodes() {
    nodes.forEach(TestBroadcaster::stop);
  }

  private TestBroadcaster node(String url, String... keys) {
    TestBroadcaster node = TestBroadcaster.at(url, keys);
    nodes.add(node);
    return node;
  }

  @Override
  protected Broadcaster newNode() {
    return node(REDIS.url()).broadcaster();
  }

  private static void publish(String channel, byte[] message) {
    RedisClient client = RedisClient.create(REDIS.url());
    try (StatefulRedisConnection<byte[], byte[]> connection =
        client.connect(ByteArrayCodec.INSTANCE)) {
      long receivers = connection.sync().publish(channel.getBytes(StandardCharsets.UTF_8), message);
      assertThat(receivers).as("it was heard").isPositive();
    } finally {
      client.shutdown();
    }
  }

  @Test
  void threeNodesHearEachOtherAndNeverThemselves() throws Exception {
    List<TestBroadcaster> three = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      three.add(node(REDIS.url()).started().connected().watching(ROOM));
    }
    for (int i = 0; i < 3; i++) {
      three.get(i).broadcaster().broadcast(List.of(entry(ROOM, i + 1)));
    }
    await().untilAsserted(() -> assertThat(three).allMatch(node -> node.received().size() == 2));
    for (int i = 0; i < 3; i++) {
      assertThat(three.get(i).received())
          .extracting(JournalEntry::seq)
          .hasSize(2)
          .doesNotContain(i + 1L);
      assertThat(three.get(i).count("crewline.redis.received")).isEqualTo(2);
    }
    await()
        .untilAsserted(
            () -> assertThat(three.getFirst().count("crewline.redis.published")).isEqualTo(1));
  }

  @Test
  void aBurstOfManyTopicsArrivesWholeAndInOrder() throws Exception {
    TestBroadcaster here = node(REDIS.url(), NEW).started().connected();
    TestBroadcaster there = node(REDIS.url(), NEW).started().connected();
    List<Topic> topics = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      topics.add(Topic.user("user-" + i));
      there.watching(topics.get(i));
    }
    for (int seq = 1; seq <= 200; seq++) {
      List<JournalEntry> entries = new ArrayList<>();
      for (Topic topic : topics) {
        entries.add(entry(topic, seq));
      }
      here.broadcaster().broadcast(entries);
    }
    await().untilAsserted(() -> assertThat(there.received()).hasSize(10_000));
    for (Topic topic : topics) {
      assertThat(there.received())
          .filteredOn(entry -> entry.topic().equals(topic))
          .extracting(JournalEntry::seq)
          .hasSize(200)
          .isSorted();
    }
    assertThat(here.count("crewline.redis.dropped")).isZero();
  }

  @Test
  void deploymentsOnAnotherDatabaseNumberDoNotHearEachOther() throws Exception {
    TestBroadcaster here = node(REDIS.url()).started().connected();
    TestBroadcaster same = node(REDIS.url()).started().connected().watching(ROOM);
    TestBroadcaster other = node(REDIS.url() + "/3").started().connected().watching(ROOM);
    here.broadcaster().broadcast(List.of(entry(ROOM, 1)));
    await().untilAsserted(() -> assertThat(same.received()).hasSize(1));
    assertThat(other.received()).isEmpty();
  }

  @Test
  void keysRotateWhileNodesRun() throws Exception {
    TestBroadcaster before = node(REDIS.url(), OLD).started().connected().watching(ROOM);
    TestBroadcaster between = node(REDIS.url(), OLD, NEW).started().connected().watching(ROOM);
    TestBroadcaster after = node(REDIS.url(), NEW, OLD).started().connected().watching(ROOM);
    before.broadcaster().broadcast(List.of(entry(ROOM, 1)));
    await().untilAsserted(() -> assertThat(after.received()).hasSize(1));
    after.broadcaster().broadcast(List.of(entry(ROOM, 2)));
    await()
        .untilAsserted(
            () -> assertThat(between.received()).containsExactly(entry(ROOM, 1), entry(ROOM, 2)));
    await()
        .untilAsserted(
            () ->
                assertThat(before.count("crewline.redis.rejected", "reason", "unknown_key"))
                    .isEqualTo(1));
    assertThat(before.received()).isEmpty();
  }

  @Test
  void whatIsTamperedWithOrPlainOrNoiseIsCountedAndDropped() throws Exception {
    TestBroadcaster node = node(REDIS.url(), NEW).started().connected().watching(ROOM);
    String channel = "crewline:1:0:" + ROOM.name();
    UUID sender = UUID.randomUUID();
    byte[] message =
        new Envelope(sender, List.of(NEW), Clock.systemUTC())
            .wrap(channel, List.of(entry(ROOM, 1)));
    byte[] tampered = message.clone();
    tampered[tampered.length - 20] ^= 1;
    publish(channel, tampered);
    publish(
        channel,
        new Envelope(sender, List.of(OLD), Clock.systemUTC())
            .wrap(channel, List.of(entry(ROOM, 2))));
    publish(
        channel,
        new Envelope(sender, List.of(), Clock.systemUTC()).wrap(channel, List.of(entry(ROOM, 3))));
    publish(channel, new byte[0]);
    publish(channel, message);
    await().untilAsserted(() -> assertThat(node.received()).containsExactly(entry(ROOM, 1)));
    for (String reason : List.of("tampered", "unknown_key", "not_encrypted", "malformed")) {
      assertThat(node.count("crewline.redis.rejected", "reason", reason)).as(reason).isEqualTo(1);
    }
    assertThat(node.broadcaster().isConnected()).isTrue();
  }

  @Test
  void aRestartedRedisIsFoundAgainWithEverySubscription() throws Exception {
    try (TestRedis redis = TestRedis.started()) {
      TestBroadcaster here = node(redis.url()).started().connected();
      TestBroadcaster there =
          node(redis.url()).started().connected().watching(ROOM).watching(Topic.TASKS);
      here.broadcaster().broadcast(List.of(entry(ROOM, 1)));
      await().untilAsserted(() -> assertThat(there.received()).hasSize(1));

      redis.stop();
      await().until(() -> !there.broadcaster().isConnected());
      assertThat(there.registry().get("crewline.redis.connected").gauge().value()).isZero();
      Topic meanwhile = Topic.room("messaging:meanwhile");
      assertThat(there.broadcaster().subscribe(meanwhile).toCompletableFuture())
          .as("the journal stands in")
          .succeedsWithin(Duration.ofSeconds(5));
      there.broadcaster().unsubscribe(Topic.TASKS);
      int reconnects = there.reconnects().get();

      redis.start();
      here.connected();
      there.connected();
      await().untilAsserted(() -> assertThat(there.reconnects()).hasValue(reconnects + 1));
      assertThat(there.registry().get("crewline.redis.connected").gauge().value()).isOne();
      there.received().clear();
      here.broadcaster()
          .broadcast(List.of(entry(Topic.TASKS, 1), entry(ROOM, 2), entry(meanwhile, 1)));
      await()
          .untilAsserted(
              () ->
                  assertThat(there.received())
                      .containsExactly(entry(ROOM, 2), entry(meanwhile, 1)));
    }
  }

  @Test
  void aNodeStartsWithoutRedisAndFindsItLater() throws Exception {
    try (TestRedis redis = TestRedis.stopped()) {
      TestBroadcaster here = node(redis.url()).started();
      TestBroadcaster there = node(redis.url()).started().watching(ROOM);
      here.broadcaster().broadcast(List.of(entry(ROOM, 1)));
      assertThat(there.broadcaster().isConnected()).isFalse();
      await().untilAsserted(() -> assertThat(here.count("crewline.redis.dropped")).isEqualTo(1));
      redis.start();
      here.connected();
      there.connected();
      here.broadcaster().broadcast(List.of(entry(ROOM, 2)));
      await().untilAsserted(() -> assertThat(there.received()).containsExactly(entry(ROOM, 2)));
      assertThat(there.reconnects()).hasValue(1);
    }
  }

  @Test
  void aRedisThatFallsSilentIsGivenUpAndFoundAgain() throws Exception {
    try (TestRedis redis = TestRedis.started()) {
      TestBroadcaster here = node(redis.url()).started().connected();
      TestBroadcaster there = node(redis.url()).started().connected().watching(ROOM);
      redis.freeze();
      try {
        assertThat(there.broadcaster().subscribe(Topic.TASKS).toCompletableFuture())
            .succeedsWithin(Duration.ofSeconds(5));
        await().until(() -> !here.broadcaster().isConnected());
        await().until(() -> !there.broadcaster().isConnected());
      } finally {
        redis.thaw();
      }
      here.connected();
      there.connected();
      here.broadcaster().broadcast(List.of(entry(ROOM, 2), entry(Topic.TASKS, 1)));
      await()
          .untilAsserted(
              () -> assertThat(there.received()).contains(entry(ROOM, 2), entry(Topic.TASKS, 1)));
    }
  }

  @Test
  void aWrongPasswordIsNoReasonNotToStart() {
    TestBroadcaster node = node(REDIS.url("wrong")).started();
    assertThat(node.broadcaster().subscribe(ROOM).toCompletableFuture())
        .succeedsWithin(Duration.ofSeconds(5));
    assertThat(node.broadcaster().isConnected()).isFalse();
  }

  @Test
  void aBrokenAddressStopsTheStartAndIsNotRepeated() {
    assertThatThrownBy(
            () -> TestNode.start(Map.of("REDIS_URL", "redis-sentinel://:secret@host:port")))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("REDIS_URL ")
        .hasMessageNotContaining("secret");
  }

  @Test
  void whatWasHandedOverIsPublishedBeforeTheEnd() throws Exception {
    TestBroadcaster here = node(REDIS.url()).started().connected();
    TestBroadcaster there = node(REDIS.url()).started().connected().watching(ROOM);
    for (int seq = 1; seq <= 5000; seq++) {
      here.broadcaster().broadcast(List.of(entry(ROOM, seq)));
    }
    here.broadcaster().stop();
    await().untilAsserted(() -> assertThat(there.received()).hasSize(5000));
  }
}
