package io.crewline.realtime.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.crewline.platform.RedisAddress;
import io.crewline.platform.RedisAddress.Host;
import io.crewline.platform.RedisAddress.Login;
import io.crewline.platform.RedisAddress.Tls;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.sentinel.api.StatefulRedisSentinelConnection;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what is behind the address (one server, a cluster, the master that sentinels know of)
 * and makes links to it, with its own threads. Each time anew: what was a master may be none now.
 */
final class RedisConnector implements AutoCloseable {
  private final RedisAddress address;
  private final ClientResources resources;
  private final RedisClient client;
  private final Runnable waiting;

  /** Nodes of the cluster that were seen last: the ones in the address may all be gone. */
  private volatile Set<Host> seen = Set.of();

  /**
   * @param waiting runs before each server that is tried
   */
  RedisConnector(RedisAddress address, Runnable waiting) {
    this.address = address;
    this.waiting = waiting;
    this.resources =
        DefaultClientResources.builder()
            .ioThreadPoolSize(2)
            .computationThreadPoolSize(2)
            .commandLatencyRecorder(CommandLatencyRecorder.disabled())
            .build();
    this.client = RedisClient.create(resources);
    // Lettuce would reconnect by itself, but neither tells when all is subscribed again nor drops
    // what has waited too long.
    client.setOptions(
        ClientOptions.builder()
            .autoReconnect(false)
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .socketOptions(
                SocketOptions.builder().connectTimeout(address.timeout()).keepAlive(true).build())
            .sslOptions(ssl(address.tls()))
            .timeoutOptions(TimeoutOptions.enabled(address.timeout()))
            .build());
  }

  private SslOptions ssl(@Nullable Tls tls) {
    SslOptions.Builder options =
        SslOptions.builder().jdkSslProvider().handshakeTimeout(address.timeout());
    if (tls != null && tls.ca() != null) {
      options.trustManager(tls.ca().toFile());
    }
    if (tls != null && tls.certificate() != null && tls.key() != null) {
      options.keyManager(tls.certificate().toFile(), tls.key().toFile(), null);
    }
    return options.build();
  }

  /** How long Redis may take to answer. */
  Duration timeout() {
    return address.timeout();
  }

  /**
   * Makes a link, see {@link RedisLink#open}. Blocks.
   *
   * @throws RedisException nobody answers, or nobody who can carry events
   */
  RedisLink open(BiConsumer<String, byte[]> receiver, Runnable restored)
      throws InterruptedException {
    RedisException first = null;
    for (Host host : address.master() == null ? seeds() : List.of(master(address.master()))) {
      try {
        return open(host, receiver, restored);
      } catch (RedisException e) {
        first = first == null ? e : first;
      }
    }
    throw first == null ? new RedisException("no host") : first;
  }

  private Set<Host> seeds() {
    Set<Host> seeds = new LinkedHashSet<>(address.hosts());
    seeds.addAll(seen);
    return seeds;
  }

  private RedisLink open(Host host, BiConsumer<String, byte[]> receiver, Runnable restored)
      throws InterruptedException {
    waiting.run();
    RedisServer server;
    List<@Nullable Host> owners = new ArrayList<>();
    try (StatefulRedisConnection<String, byte[]> connection =
        client.connect(RedisNode.CODEC, uri(host, address.login()))) {
      server = await(RedisServer.ask(connection.async()));
      if (server.isSharded()) {
        owners.addAll(slots(await(connection.async().clusterSlots()), host));
      }
    }
    if (!server.cluster() && server.version() > 0) {
      if (server.replica()) {
        throw new RedisException(host + " is a replica: REDIS_URL must lead to the master");
      }
      if (address.master() == null && address.hosts().size() > 1) {
        throw new RedisException(
            "REDIS_URL names several servers and " + host + " is no node of a cluster");
      }
    }
    if (owners.isEmpty()) {
      owners.add(host);
    }
    return RedisLink.open(
        (to, listener) ->
            RedisNode.connect(client, uri(to, address.login()), server.isSharded(), listener),
        address.timeout(),
        owners,
        receiver,
        restored);
  }

  /** Who owns each slot, of {@code CLUSTER SLOTS}: from, to, master, replicas. */
  private List<@Nullable Host> slots(List<Object> ranges, Host asked) {
    @Nullable Host[] owners = new Host[SlotHash.SLOT_COUNT];
    Set<Host> found = new LinkedHashSet<>();
    for (Object each : ranges) {
      List<?> range = (List<?>) each;
      int from = Math.toIntExact((Long) range.get(0));
      int to = Math.toIntExact((Long) range.get(1));
      for (int i = 2; i < range.size(); i++) {
        List<?> node = (List<?>) range.get(i);
        Host host = new Host(name(node.getFirst(), asked), Math.toIntExact((Long) node.get(1)));
        found.add(host);
        if (i == 2) {
          Arrays.fill(owners, from, to + 1, host);
        }
      }
    }
    seen = found;
    return Arrays.asList(owners);
  }

  /** A node that does not know its own name leaves it out. */
  private static String name(@Nullable Object name, Host asked) {
    String text = name instanceof byte[] bytes ? new String(bytes, UTF_8) : "";
    return text.isEmpty() || text.equals("?") ? asked.name() : text;
  }

  private Host master(String name) {
    RedisException first = null;
    for (Host sentinel : address.hosts()) {
      waiting.run();
      try (StatefulRedisSentinelConnection<String, String> connection =
          client.connectSentinel(StringCodec.UTF8, uri(sentinel, address.sentinelLogin()))) {
        SocketAddress master = connection.sync().getMasterAddrByName(name);
        if (master instanceof InetSocketAddress found) {
          return new Host(found.getHostString(), found.getPort());
        }
        throw new RedisException(sentinel + " knows no master of the name after # in REDIS_URL");
      } catch (RedisException e) {
        first = first == null ? e : first;
      }
    }
    throw first == null ? new RedisException("no sentinel") : first;
  }

  private RedisURI uri(Host host, @Nullable Login login) {
    RedisURI.Builder uri =
        RedisURI.builder()
            .withHost(host.name())
            .withPort(host.port())
            .withTimeout(address.timeout());
    Tls tls = address.tls();
    if (tls != null) {
      uri.withSsl(true).withVerifyPeer(SslVerifyMode.valueOf(tls.verification().name()));
    }
    if (login != null && login.username() != null) {
      uri.withAuthentication(login.username(), login.password().toCharArray());
    } else if (login != null) {
      uri.withPassword(login.password().toCharArray());
    }
    return uri.build();
  }

  private <T> T await(Future<T> answer) throws InterruptedException {
    try {
      return answer.get(address.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new RedisException(e);
    }
  }

  @Override
  public void close() {
    Duration most = address.timeout();
    client.shutdown(Duration.ZERO, most);
    Future<Boolean> gone = resources.shutdown(0, most.toMillis(), TimeUnit.MILLISECONDS);
    try {
      gone.get(most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // Its threads are daemons: they are in nobody's way.
    }
  }

  @Override
  public String toString() {
    return address.toString();
  }
}
