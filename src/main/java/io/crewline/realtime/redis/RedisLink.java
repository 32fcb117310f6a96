package io.crewline.realtime.redis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/**
 * Two connections to Redis that live and die together: one that listens, one that publishes. It
 * does not come back; whoever holds it makes another. Thread-safe.
 */
final class RedisLink implements AutoCloseable {
  private static final RedisCodec<String, byte[]> CODEC =
      RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

  /** As often a quiet link is asked whether it is alive, since a dead network says nothing. */
  private static final Duration PING = Duration.ofSeconds(2);

  private final StatefulRedisPubSubConnection<String, byte[]> listening;
  private final StatefulRedisConnection<String, byte[]> publishing;
  private final Duration timeout;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  private RedisLink(
      StatefulRedisPubSubConnection<String, byte[]> listening,
      StatefulRedisConnection<String, byte[]> publishing,
      Duration timeout) {
    this.listening = listening;
    this.publishing = publishing;
    this.timeout = timeout;
  }

  /**
   * Connects. Blocks.
   *
   * @param receiver gets channel and message, on a thread of the connection: it must not block
   * @throws io.lettuce.core.RedisException Redis does not answer, or does not let us in
   */
  static RedisLink open(RedisClient client, RedisURI uri, BiConsumer<String, byte[]> receiver) {
    StatefulRedisPubSubConnection<String, byte[]> listening = client.connectPubSub(CODEC, uri);
    StatefulRedisConnection<String, byte[]> publishing;
    try {
      publishing = client.connect(CODEC, uri);
    } catch (RuntimeException e) {
      listening.closeAsync();
      throw e;
    }
    RedisLink link = new RedisLink(listening, publishing, uri.getTimeout());
    listening.addListener(
        new RedisPubSubAdapter<>() {
          @Override
          public void message(String channel, byte[] message) {
            receiver.accept(channel, message);
          }
        });
    publishing.setAutoFlushCommands(false);
    link.endWith(listening);
    link.endWith(publishing);
    return link;
  }

  private void endWith(StatefulConnection<?, ?> connection) {
    connection.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisDisconnected(RedisChannelHandler<?, ?> disconnected) {
            ended.complete(null);
          }
        });
    if (!connection.isOpen()) {
      ended.complete(null);
    }
  }

  /** Completes when Redis has confirmed; fails when it does not in time. */
  CompletableFuture<Void> subscribe(String channel) {
    return listening.async().subscribe(channel).toCompletableFuture();
  }

  /** Completes when Redis has confirmed all of them. */
  CompletableFuture<Void> subscribeAll(Collection<String> channels) {
    // One command for each: Lettuce takes the first confirmation for that of a whole command.
    return CompletableFuture.allOf(
        channels.stream().map(this::subscribe).toArray(CompletableFuture<?>[]::new));
  }

  void unsubscribe(String channel) {
    listening.async().unsubscribe(channel);
  }

  /** Sends messages, each with its channel, in one write. Completes when Redis has taken all. */
  CompletableFuture<Void> publish(List<Map.Entry<String, byte[]>> messages) {
    List<RedisFuture<Long>> replies = new ArrayList<>(messages.size());
    messages.forEach(
        message -> replies.add(publishing.async().publish(message.getKey(), message.getValue())));
    publishing.flushCommands();
    return CompletableFuture.allOf(
        replies.stream()
            .map(RedisFuture::toCompletableFuture)
            .toArray(CompletableFuture<?>[]::new));
  }

  /** Ends the link when something failed in a way that leaves it of no use. */
  void end() {
    ended.complete(null);
  }

  boolean hasEnded() {
    return ended.isDone();
  }

  /** Returns when a connection has ended or does not answer any more. */
  void awaitEnd() throws InterruptedException {
    while (!ended.isDone()) {
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
    RedisFuture<String> publisher = publishing.async().ping();
    publishing.flushCommands();
    return answers(listening.async().ping()) && answers(publisher);
  }

  private boolean answers(Future<?> ping) throws InterruptedException {
    try {
      ping.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException | TimeoutException | CancellationException e) {
      return false;
    }
  }

  /** Waits until both connections are gone, but not for long. */
  @Override
  public void close() {
    ended.complete(null);
    CompletableFuture.allOf(listening.closeAsync(), publishing.closeAsync())
        .completeOnTimeout(null, timeout.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> null)
        .join();
  }
}
