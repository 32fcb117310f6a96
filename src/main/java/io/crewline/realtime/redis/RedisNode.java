package io.crewline.realtime.redis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.concurrent.CompletableFuture;

/**
 * Two connections to one server: one that listens, one that publishes. Neither comes back when it
 * is gone. Thread-safe.
 */
final class RedisNode {
  static final RedisCodec<String, byte[]> CODEC =
      RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

  private final StatefulRedisPubSubConnection<String, byte[]> listening;
  private final StatefulRedisConnection<String, byte[]> publishing;
  private final boolean sharded;

  /** Hears what happens on the connections, on their threads: it must not block. */
  interface Listener {
    void message(String channel, byte[] message);

    /** A subscription has ended, asked for or not. Only where channels are sharded. */
    void unsubscribed(String channel);

    /** A connection is gone. */
    void disconnected();
  }

  private RedisNode(
      StatefulRedisPubSubConnection<String, byte[]> listening,
      StatefulRedisConnection<String, byte[]> publishing,
      boolean sharded) {
    this.listening = listening;
    this.publishing = publishing;
    this.sharded = sharded;
  }

  /**
   * Connects; fails when the server does not answer, or does not let us in.
   *
   * @param sharded whether to use the commands of sharded pub/sub
   */
  static CompletableFuture<RedisNode> connect(
      RedisClient client, RedisURI uri, boolean sharded, Listener listener) {
    CompletableFuture<StatefulRedisPubSubConnection<String, byte[]>> listening =
        client.connectPubSubAsync(CODEC, uri).toCompletableFuture();
    CompletableFuture<StatefulRedisConnection<String, byte[]>> publishing =
        client.connectAsync(CODEC, uri).toCompletableFuture();
    CompletableFuture<RedisNode> node =
        listening.thenCombine(
            publishing,
            (listens, publishes) -> {
              RedisNode connected = new RedisNode(listens, publishes, sharded);
              connected.tell(listener);
              return connected;
            });
    return node.whenComplete(
        (connected, failure) -> {
          if (failure != null) {
            listening.thenAccept(StatefulConnection::closeAsync);
            publishing.thenAccept(StatefulConnection::closeAsync);
          }
        });
  }

  private void tell(Listener listener) {
    listening.addListener(
        new RedisPubSubAdapter<>() {
          @Override
          public void message(String channel, byte[] message) {
            listener.message(channel, message);
          }

          @Override
          public void smessage(String channel, byte[] message) {
            listener.message(channel, message);
          }

          @Override
          public void sunsubscribed(String channel, long count) {
            listener.unsubscribed(channel);
          }
        });
    publishing.setAutoFlushCommands(false);
    tellEnd(listening, listener);
    tellEnd(publishing, listener);
  }

  private static void tellEnd(StatefulConnection<?, ?> connection, Listener listener) {
    connection.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisDisconnected(RedisChannelHandler<?, ?> disconnected) {
            listener.disconnected();
          }
        });
    if (!connection.isOpen()) {
      listener.disconnected();
    }
  }

  /** Completes when the server has confirmed; fails when it does not in time. */
  CompletableFuture<Void> subscribe(String channel) {
    return (sharded ? listening.async().ssubscribe(channel) : listening.async().subscribe(channel))
        .toCompletableFuture();
  }

  void unsubscribe(String channel) {
    if (sharded) {
      listening.async().sunsubscribe(channel);
    } else {
      listening.async().unsubscribe(channel);
    }
  }

  /** Completes when the server has taken it; sent with the next {@link #flush}. */
  CompletableFuture<Long> publish(String channel, byte[] message) {
    return (sharded
            ? publishing.async().spublish(channel, message)
            : publishing.async().publish(channel, message))
        .toCompletableFuture();
  }

  void flush() {
    publishing.flushCommands();
  }

  /** Completes when both connections have answered; fails when they do not in time. */
  CompletableFuture<RedisServer> ask() {
    CompletableFuture<RedisServer> server = RedisServer.ask(publishing.async());
    flush();
    return listening.async().ping().toCompletableFuture().thenCombine(server, (pong, now) -> now);
  }

  CompletableFuture<Void> closeAsync() {
    return CompletableFuture.allOf(listening.closeAsync(), publishing.closeAsync());
  }
}
