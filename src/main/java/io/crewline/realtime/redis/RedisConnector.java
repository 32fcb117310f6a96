package io.crewline.realtime.redis;

import io.crewline.platform.Settings.SettingsException;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/** Where Redis is, and the threads that talk to it. {@code toString} keeps the password back. */
final class RedisConnector implements AutoCloseable {
  /** For connecting and for every command, unless the address has a {@code timeout} of its own. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final RedisURI uri;
  private final ClientResources resources;
  private final RedisClient client;

  /**
   * @throws SettingsException the address is none
   */
  RedisConnector(String url) {
    this.uri = parse(url);
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
            .socketOptions(SocketOptions.builder().connectTimeout(TIMEOUT).keepAlive(true).build())
            .timeoutOptions(TimeoutOptions.enabled(uri.getTimeout()))
            .build());
  }

  private static RedisURI parse(String url) {
    try {
      RedisURI uri = RedisURI.create(url);
      if (uri.getTimeout().equals(RedisURI.DEFAULT_TIMEOUT_DURATION)) {
        uri.setTimeout(TIMEOUT);
      }
      return uri;
    } catch (RuntimeException e) {
      // Without the cause: it quotes the address, which may hold a password.
      throw new SettingsException(
          "REDIS_URL is not a Redis address: use redis://user:password@host:6379,"
              + " rediss://host:6379 or redis-sentinel://host:26379,host:26379#name");
    }
  }

  /** The database number in the address. */
  int database() {
    return uri.getDatabase();
  }

  /** How long Redis may take to answer. */
  Duration timeout() {
    return uri.getTimeout();
  }

  /** See {@link RedisLink#open}. */
  RedisLink open(BiConsumer<String, byte[]> receiver) {
    return RedisLink.open(client, uri, receiver);
  }

  @Override
  public void close() {
    client.shutdown(Duration.ZERO, TIMEOUT);
    Future<Boolean> gone = resources.shutdown(0, TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    try {
      gone.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // Its threads are daemons: they are in nobody's way.
    }
  }

  @Override
  public String toString() {
    return uri.toString();
  }
}
