package io.crewline.realtime.redis;

import io.crewline.platform.RedisAddress.Host;
import io.lettuce.core.RedisException;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The connections to Redis, which live and die together: to one server, or to every master of a
 * cluster whose channels are sharded. In a cluster a channel belongs to the master that owns its
 * slot; when a slot moves, the link follows. When a connection ends, the link ends and does not
 * come back; whoever holds it makes another. Thread-safe.
 */
final class RedisLink implements AutoCloseable {
  /** As often a quiet link is asked whether it is alive, since a dead network says nothing. */
  private static final Duration PING = Duration.ofSeconds(2);

  /** As often a command follows its slot to another node before it fails. */
  private static final int HOPS = 5;

  private final Connect connect;
  private final Duration timeout;
  private final BiConsumer<String, byte[]> receiver;
  private final Runnable restored;
  private final AtomicReferenceArray<@Nullable Host> owners;
  private final Map<Host, CompletableFuture<RedisNode>> nodes = new ConcurrentHashMap<>();
  private final Set<String> wanted = ConcurrentHashMap.newKeySet();
  private final Set<String> moving = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  /** Makes connections to a server. */
  interface Connect {
    CompletableFuture<RedisNode> to(Host host, RedisNode.Listener listener);
  }

  private RedisLink(
      Connect connect,
      Duration timeout,
      int slots,
      BiConsumer<String, byte[]> receiver,
      Runnable restored) {
    this.connect = connect;
    this.timeout = timeout;
    this.owners = new AtomicReferenceArray<>(slots);
    this.receiver = receiver;
    this.restored = restored;
  }

  /**
   * Connects. Blocks.
   *
   * @param owners who owns the slots of a cluster, null where nobody does; the one server otherwise
   * @param receiver gets channel and message, on a thread of a connection: it must not block
   * @param restored runs when subscriptions that had been lost are there again; must not block
   * @throws RedisException Redis does not answer, or does not let us in
   */
  static RedisLink open(
      Connect connect,
      Duration timeout,
      List<@Nullable Host> owners,
      BiConsumer<String, byte[]> receiver,
      Runnable restored)
      throws InterruptedException {
    RedisLink link = new RedisLink(connect, timeout, owners.size(), receiver, restored);
    for (int slot = 0; slot < owners.size(); slot++) {
      Host owner = owners.get(slot);
      link.owners.set(slot, owner);
      if (owner != null) {
        link.node(owner);
      }
    }
    try {
      all(link.nodes.values()).get(timeout.toMillis() * 2, TimeUnit.MILLISECONDS);
      return link;
    } catch (ExecutionException | TimeoutException e) {
      link.close();
      throw new RedisException(e);
    } catch (InterruptedException e) {
      link.close();
      throw e;
    }
  }

  private static CompletableFuture<Void> all(Collection<? extends CompletableFuture<?>> futures) {
    return CompletableFuture.allOf(futures.toArray(CompletableFuture<?>[]::new));
  }

  private CompletableFuture<RedisNode> node(Host host) {
    return nodes.computeIfAbsent(host, each -> connect.to(each, new Events()));
  }

  private final class Events implements RedisNode.Listener {
    @Override
    public void message(String channel, byte[] message) {
      receiver.accept(channel, message);
    }

    @Override
    public void unsubscribed(String channel) {
      if (wanted.contains(channel) && moving.add(channel)) {
        restore(channel);
      }
    }

    @Override
    public void disconnected() {
      end();
    }
  }

  /** A node no longer serves the channel: it knows who does. */
  private void restore(String channel) {
    routed(channel, node -> node.subscribe(channel), HOPS)
        .whenComplete(
            (done, failure) -> {
              moving.remove(channel);
              if (failure != null) {
                end();
              } else if (moving.isEmpty()) {
                restored.run();
              }
            });
  }

  /** Whether every subscription that was confirmed still is. */
  boolean isWhole() {
    return moving.isEmpty();
  }

  /** Completes when Redis has confirmed; fails when it does not in time. */
  CompletableFuture<Void> subscribe(String channel) {
    wanted.add(channel);
    return routed(channel, node -> node.subscribe(channel), HOPS);
  }

  /** Completes when Redis has confirmed all of them. */
  CompletableFuture<Void> subscribeAll(Collection<String> channels) {
    // One command for each: Lettuce takes the first confirmation for that of a whole command.
    return all(channels.stream().map(this::subscribe).toList());
  }

  void unsubscribe(String channel) {
    wanted.remove(channel);
    routed(
        channel,
        node -> {
          node.unsubscribe(channel);
          return CompletableFuture.completedFuture(null);
        },
        0);
  }

  /** Sends messages, each with its channel, pipelined. Completes when Redis has taken all. */
  CompletableFuture<Void> publish(List<Map.Entry<String, byte[]>> messages) {
    List<CompletableFuture<Long>> replies = new ArrayList<>(messages.size());
    messages.forEach(
        message ->
            replies.add(
                routed(
                    message.getKey(),
                    node -> node.publish(message.getKey(), message.getValue()),
                    HOPS)));
    nodes.values().stream()
        .filter(CompletableFuture::isDone)
        .forEach(node -> node.thenAccept(RedisNode::flush));
    return all(replies);
  }

  /** Gives a command to the owner of a channel, and to the next one when it has moved. */
  private <T> CompletableFuture<T> routed(
      String channel, Function<RedisNode, CompletableFuture<T>> command, int hops) {
    int slot = owners.length() == 1 ? 0 : SlotHash.getSlot(channel);
    Host owner = owners.get(slot);
    if (owner == null) {
      return CompletableFuture.failedFuture(
          new RedisException("no node of the cluster serves slot " + slot));
    }
    CompletableFuture<RedisNode> node = node(owner);
    boolean late = hops < HOPS || !node.isDone();
    return node.thenCompose(
            connected -> {
              CompletableFuture<T> reply = command.apply(connected);
              if (late) {
                connected.flush();
              }
              return reply;
            })
        .exceptionallyCompose(
            failure -> {
              Host next = hops > 0 ? Moved.to(failure, owner) : null;
              if (next == null) {
                return CompletableFuture.failedFuture(failure);
              }
              owners.set(slot, next);
              return routed(channel, command, hops - 1);
            });
  }

  /** Ends the link when something failed in a way that leaves it of no use. */
  void end() {
    ended.complete(null);
  }

  boolean hasEnded() {
    return ended.isDone();
  }

  /**
   * Returns when a connection has ended or does not answer any more.
   *
   * @param waiting runs now and then
   */
  void awaitEnd(Runnable waiting) throws InterruptedException {
    while (!ended.isDone()) {
      waiting.run();
      try {
        ended.get(PING.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (!answers()) {
          return;
        }
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private boolean answers() throws InterruptedException {
    List<CompletableFuture<RedisServer>> answers =
        nodes.values().stream().map(node -> node.thenCompose(RedisNode::ask)).toList();
    try {
      all(answers).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      // What a replica publishes stays with it. The nodes of a shard tell each other.
      return owners.length() > 1 || answers.stream().noneMatch(server -> server.join().replica());
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }

  /** Waits until the connections are gone, but not for long. */
  @Override
  public void close() {
    ended.complete(null);
    all(nodes.values().stream().map(node -> node.thenCompose(RedisNode::closeAsync)).toList())
        .completeOnTimeout(null, timeout.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> null)
        .join();
  }

  /** The servers, for the log. */
  @Override
  public String toString() {
    Set<String> names = new TreeSet<>();
    nodes.keySet().forEach(host -> names.add(host.toString()));
    return String.join(", ", names) + (owners.length() > 1 ? " (sharded)" : "");
  }
}
