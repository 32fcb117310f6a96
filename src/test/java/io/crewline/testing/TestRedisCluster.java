package io.crewline.testing;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A real cluster: three masters, and a replica of the first of them. */
public final class TestRedisCluster implements AutoCloseable {
  private static final int SLOTS = 16384;
  private static final int MASTERS = 3;

  private final List<RedisProcess> nodes = new ArrayList<>();

  public TestRedisCluster() {
    for (int i = 0; i <= MASTERS; i++) {
      nodes.add(
          RedisProcess.start(
              "cluster-enabled yes",
              "cluster-port " + TestRedis.freePort(),
              "cluster-node-timeout 2000",
              "cluster-replica-validity-factor 0"));
    }
    int from = 0;
    for (int i = 0; i < MASTERS; i++) {
      int to = SLOTS * (i + 1) / MASTERS;
      nodes.get(i).command("CLUSTER", "ADDSLOTSRANGE", "" + from, "" + (to - 1));
      nodes.get(i).command("CLUSTER", "SET-CONFIG-EPOCH", "" + (i + 1));
      from = to;
    }
    for (RedisProcess node : nodes) {
      String[] myself = info(node, "myself")[1].split("[:@,]");
      nodes.getFirst().command("CLUSTER", "MEET", "127.0.0.1", myself[1], myself[2]);
    }
    awaitCluster(() -> nodes.stream().allMatch(node -> known(node) == MASTERS + 1));
    nodes.getLast().command("CLUSTER", "REPLICATE", id(0));
    awaitCluster(
        () ->
            nodes.stream()
                .allMatch(
                    node ->
                        node.command("CLUSTER", "INFO").contains("cluster_state:ok")
                            && node.command("CLUSTER", "NODES").contains("slave")));
    awaitCluster(
        () -> nodes.getLast().command("INFO", "replication").contains("master_link_status:up"));
  }

  private static void awaitCluster(java.util.concurrent.Callable<Boolean> condition) {
    await().atMost(Duration.ofSeconds(30)).until(condition);
  }

  private static int known(RedisProcess node) {
    return (int)
        node.command("CLUSTER", "NODES")
            .lines()
            .filter(line -> !line.contains("handshake"))
            .count();
  }

  private static String[] info(RedisProcess node, String flag) {
    return node.command("CLUSTER", "NODES")
        .lines()
        .filter(line -> line.contains(flag))
        .findFirst()
        .orElseThrow()
        .split(" ");
  }

  private String id(int node) {
    return nodes.get(node).command("CLUSTER", "MYID");
  }

  /** Its address as {@code REDIS_URL} wants it, with every master. */
  public String url() {
    return nodes.stream()
        .limit(MASTERS)
        .map(node -> "127.0.0.1:" + node.port())
        .collect(Collectors.joining(",", "redis://", ""));
  }

  /** Its address with one node only, as the others are found through it. */
  public String url(int node) {
    return "redis://127.0.0.1:" + nodes.get(node).port();
  }

  /** 0 to 2 began as masters, 3 as the replica of 0. */
  public RedisProcess node(int number) {
    return nodes.get(number);
  }

  /** The number of the master that began with a channel's slot. */
  public int ownerOf(String channel) {
    return slot(channel) * MASTERS / SLOTS;
  }

  private int slot(String channel) {
    return Integer.parseInt(nodes.get(1).command("CLUSTER", "KEYSLOT", channel));
  }

  /** Moves a channel's slot to another master, as {@code redis-cli --cluster reshard} does. */
  public void move(String channel, int to) {
    String slot = String.valueOf(slot(channel));
    String target = id(to);
    nodes.get(to).command("CLUSTER", "SETSLOT", slot, "NODE", target);
    for (int i = 0; i < MASTERS; i++) {
      nodes.get(i).command("CLUSTER", "SETSLOT", slot, "NODE", target);
    }
  }

  @Override
  public void close() {
    nodes.forEach(RedisProcess::close);
  }
}
