package io.crewline.realtime.redis;

import static io.crewline.realtime.redis.TestBroadcaster.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.journal.Topic;
import io.crewline.realtime.Broadcaster;
import io.crewline.realtime.BroadcasterContract;
import io.crewline.testing.RedisProcess;
import io.crewline.testing.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A master, a replica and a sentinel that puts one in place of the other. */
@Timeout(120)
final class RedisSentinelIT extends BroadcasterContract {
  private static final Topic ROOM = Topic.room("messaging:sentinel");

  private static RedisProcess master;
  private static RedisProcess replica;
  private static RedisProcess sentinel;

  private final List<TestBroadcaster> nodes = new ArrayList<>();

  @BeforeAll
  static void startRedis() {
    RedisProcess.assumeThere();
    master = RedisProcess.start("requirepass data", "masterauth data");
    replica =
        RedisProcess.start(
            "requirepass data", "masterauth data", "replicaof 127.0.0.1 " + master.port());
    sentinel =
        RedisProcess.startSentinel(
            "sentinel monitor first 127.0.0.1 " + master.port() + " 1",
            "sentinel auth-pass first data",
            "sentinel down-after-milliseconds first 1000",
            "sentinel failover-timeout first 5000",
            "requirepass watch");
  }

  @AfterAll
  static void stopRedis() {
    for (RedisProcess process : new RedisProcess[] {master, replica, sentinel}) {
      if (process != null) {
        process.close();
      }
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

  /** The first of the sentinels is away. */
  private static String url() {
    return "redis-sentinel://:data@127.0.0.1:%d,127.0.0.1:%d/0?sentinelPassword=watch#first"
        .formatted(TestRedis.freePort(), sentinel.port());
  }

  @Override
  protected Broadcaster newNode() {
    return node(url()).broadcaster();
  }

  @Test
  void aReplicaIsNoPlaceToPublish() {
    RedisProcess alone = RedisProcess.start();
    try (alone) {
      TestBroadcaster node = node("redis://127.0.0.1:" + alone.port()).started().connected();
      alone.command("REPLICAOF", "127.0.0.1", String.valueOf(TestRedis.freePort()));
      await().until(() -> !node.broadcaster().isConnected());
      alone.command("REPLICAOF", "NO", "ONE");
      node.connected();
    }
  }

  @Test
  void aMasterThatDiesIsFollowedByTheOneThatTheSentinelsChoose() throws Exception {
    // Of its own, since it is not put together again.
    RedisProcess first = RedisProcess.start();
    RedisProcess second = RedisProcess.start("replicaof 127.0.0.1 " + first.port());
    try (first;
        second) {
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> first.command("INFO", "replication").contains("state=online"));
      RedisProcess watching =
          RedisProcess.startSentinel(
              "sentinel monitor second 127.0.0.1 " + first.port() + " 1",
              "sentinel down-after-milliseconds second 1000",
              "sentinel failover-timeout second 5000");
      try (watching) {
        String url = "redis-sentinel://127.0.0.1:" + watching.port() + "#second";
        TestBroadcaster here = node(url).started().connected();
        TestBroadcaster there = node(url).started().connected().watching(ROOM);
        await()
            .atMost(Duration.ofSeconds(30))
            .until(
                () ->
                    watching
                        .command("SENTINEL", "REPLICAS", "second")
                        .contains("master-link-status ok"));
        first.kill();
        await().until(() -> !there.broadcaster().isConnected());
        long since = System.nanoTime();
        here.connected();
        there.connected();
        System.out.printf(
            "After the death of its master the new one was found within %d ms%n",
            Duration.ofNanos(System.nanoTime() - since).toMillis());
        here.send(entry(ROOM, 1));
        await().untilAsserted(() -> assertThat(there.received()).containsExactly(entry(ROOM, 1)));
        assertThat(second.command("INFO", "replication")).contains("role:master");
      }
    }
  }
}
