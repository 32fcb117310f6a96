package io.crewline.realtime.redis;

import static io.crewline.realtime.redis.TestBroadcaster.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.realtime.Broadcaster;
import io.crewline.realtime.BroadcasterContract;
import io.crewline.testing.RedisProcess;
import io.crewline.testing.TestRedis;
import io.crewline.testing.TestRedisCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes on a cluster with sharded channels. */
@Timeout(120)
final class RedisClusterIT extends BroadcasterContract {
  private static final Topic ROOM = Topic.room("messaging:cluster");
  private static final String CHANNEL = "crewline:1:0:" + ROOM.name();

  private static TestRedisCluster cluster;

  private final List<TestBroadcaster> nodes = new ArrayList<>();

  @BeforeAll
  static void startRedis() {
    RedisProcess.assumeThere();
    cluster = new TestRedisCluster();
  }

  @AfterAll
  static void stopRedis() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @AfterEach
  void stopNodes() {
    nodes.forEach(TestBroadcaster::stop);
  }

  private TestBroadcaster node(String url) {
    TestBroadcaster node = TestBroadcaster.at(url);
    nodes.add(node);
    return node;
  }

  @Override
  protected Broadcaster newNode() {
    return node(cluster.url()).broadcaster();
  }

  private static boolean serves(TestRedisCluster cluster, int node, String channel) {
    return cluster.node(node).command("PUBSUB", "SHARDCHANNELS").contains(channel);
  }

  @Test
  void aChannelIsServedByTheOwnerOfItsSlotAlone() throws Exception {
    node(cluster.url()).started().connected().watching(ROOM);
    int owner = cluster.ownerOf(CHANNEL);
    for (int i = 0; i < 3; i++) {
      assertThat(serves(cluster, i, CHANNEL)).isEqualTo(i == owner);
      assertThat(cluster.node(i).command("PUBSUB", "CHANNELS")).isEmpty();
    }
  }

  @Test
  void oneAddressThatAnswersIsEnoughEvenOfAReplicaAndWithADatabaseNumber() throws Exception {
    String first = "redis://127.0.0.1:" + TestRedis.freePort() + ",";
    TestBroadcaster here = node(cluster.url().replace("redis://", first) + "/3").started();
    TestBroadcaster there = node(cluster.url(3) + "/3").started().connected().watching(ROOM);
    here.connected().send(entry(ROOM, 1));
    await().untilAsserted(() -> assertThat(there.received()).containsExactly(entry(ROOM, 1)));
  }

  @Test
  void eventsOfTopicsOnEveryMasterArriveWholeAndInOrder() throws Exception {
    TestBroadcaster here = node(cluster.url(0)).started().connected();
    TestBroadcaster there = node(cluster.url(1)).started().connected();
    List<Topic> topics = topics();
    for (Topic topic : topics) {
      there.watching(topic);
    }
    for (int seq = 1; seq <= 100; seq++) {
      for (Topic topic : topics) {
        here.send(entry(topic, seq));
      }
    }
    await().untilAsserted(() -> assertThat(there.received()).hasSize(3000));
    for (Topic topic : topics) {
      assertThat(there.received())
          .filteredOn(entry -> entry.topic().equals(topic))
          .extracting(JournalEntry::seq)
          .hasSize(100)
          .isSorted();
    }
  }

  private static List<Topic> topics() {
    List<Topic> topics = IntStream.range(0, 30).mapToObj(i -> Topic.user("user-" + i)).toList();
    assertThat(topics)
        .extracting(topic -> cluster.ownerOf("crewline:1:0:" + topic.name()))
        .contains(0, 1, 2);
    return topics;
  }

  @Test
  void aSlotThatMovesTakesItsTopicAlong() throws Exception {
    Topic topic = Topic.room("messaging:moving");
    String channel = "crewline:1:0:" + topic.name();
    TestBroadcaster here = node(cluster.url()).started().connected();
    TestBroadcaster there = node(cluster.url()).started().connected().watching(topic);
    int to = (cluster.ownerOf(channel) + 1) % 3;
    cluster.move(channel, to);
    await().until(() -> serves(cluster, to, channel));
    there.connected();
    await().untilAsserted(() -> assertThat(there.reconnects()).hasValueGreaterThan(1));
    await()
        .untilAsserted(
            () -> {
              here.send(entry(topic, 1));
              assertThat(there.received()).contains(entry(topic, 1));
            });
    there.broadcaster().unsubscribe(topic);
    await().until(() -> !serves(cluster, to, channel));
  }

  @Test
  void aMasterThatDiesIsFollowedByItsReplica() throws Exception {
    try (TestRedisCluster failing = new TestRedisCluster()) {
      TestBroadcaster here = node(failing.url(0)).started().connected();
      TestBroadcaster there = node(failing.url(0)).started().connected();
      List<Topic> topics = topics();
      for (Topic topic : topics) {
        there.watching(topic);
      }
      failing.node(0).kill();
      await().until(() -> !there.broadcaster().isConnected());
      long since = System.nanoTime();
      here.connected();
      there.connected();
      System.out.printf(
          "After the death of a master of the cluster all was subscribed again within %d ms%n",
          Duration.ofNanos(System.nanoTime() - since).toMillis());
      for (Topic topic : topics) {
        here.send(entry(topic, 1));
      }
      await()
          .untilAsserted(
              () ->
                  assertThat(there.received()).extracting(JournalEntry::topic).containsAll(topics));
      assertThat(failing.node(3).command("ROLE")).startsWith("master");
    }
  }
}
