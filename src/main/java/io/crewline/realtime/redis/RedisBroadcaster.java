package io.crewline.realtime.redis;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.platform.Settings;
import io.crewline.platform.Settings.SettingsException;
import io.crewline.realtime.Broadcaster;
import io.crewline.realtime.redis.Rejection.Reason;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Requires;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries events between nodes through Redis or Valkey pub/sub, one channel for each topic. Nodes
 * that share a Redis and a database number of it hear each other; pub/sub itself knows no database,
 * so the number is part of the channel's name.
 *
 * <p>Redis may be away at the start and at any time later: the connection is made anew, at first
 * after 50 ms, at most every {@value #SLOWEST_MS} ms. Connected means that Redis has confirmed every
 * subscription. What could not be published meanwhile is dropped and counted.
 */
@Singleton
@Requires(property = "crewline.broadcaster", value = "redis")
public final class RedisBroadcaster implements Broadcaster {
  private static final Logger LOG = LoggerFactory.getLogger(RedisBroadcaster.class);
  private static final String CHANNEL = "crewline:1:";
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final Duration FLUSH = Duration.ofMillis(500);
  private static final long FASTEST_MS = 50;
  private static final long SLOWEST_MS = 2000;
  private static final int DOUBLINGS = 6;
  private static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final RedisURI uri;
  private final String prefix;
  private final Envelope envelope;
  private final ClientResources resources;
  private final RedisClient client;
  private final RedisMetrics metrics;
  private final Outbox outbox = new Outbox();
  private final Map<String, Topic> topics = new ConcurrentHashMap<>();
  private final Set<Reason> logged = ConcurrentHashMap.newKeySet();
  private volatile Consumer<List<JournalEntry>> receiver = entries -> {};
  private volatile @Nullable RedisLink link;
  private volatile @Nullable Publisher publisher;
  private volatile boolean connected;
  private volatile boolean stopped;
  private @Nullable Thread thread;

  RedisBroadcaster(Settings settings, MeterRegistry registry) {
    this.uri = parse(settings.redisUrl());
    this.prefix = CHANNEL + uri.getDatabase() + ":";
    this.envelope = new Envelope(UUID.randomUUID(), settings.broadcastKeys());
    this.metrics = new RedisMetrics(registry, this::isConnected);
    this.resources =
        DefaultClientResources.builder()
            .ioThreadPoolSize(2)
            .computationThreadPoolSize(2)
            .commandLatencyRecorder(CommandLatencyRecorder.disabled())
            .build();
    this.client = RedisClient.create(resources);
    // Lettuce would reconnect by itself, but neither tells when all is subscribed again nor drops
    // what waited too long.
    client.setOptions(
        ClientOptions.builder()
            .autoReconnect(false)
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .socketOptions(SocketOptions.builder().connectTimeout(TIMEOUT).keepAlive(true).build())
            .timeoutOptions(TimeoutOptions.enabled(uri.getTimeout()))
            .build());
  }

  private static RedisURI parse(@Nullable String url) {
    try {
      RedisURI uri = RedisURI.create(String.valueOf(url));
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

  @Override
  public synchronized void start(Consumer<List<JournalEntry>> receiver, Runnable reconnected) {
    this.receiver = receiver;
    this.thread = Thread.ofVirtual().name("redis-link").start(() -> run(reconnected));
  }

  @Override
  public CompletionStage<Void> subscribe(Topic topic) {
    String channel = channelOf(topic);
    CompletableFuture<Void> confirmed;
    RedisLink current;
    // The order of a topic's commands must be that of its changes here.
    synchronized (topics) {
      // First the topic, then the link: a link that comes in between finds the topic.
      topics.put(channel, topic);
      current = link;
      if (current == null) {
        return CompletableFuture.completedStage(null);
      }
      confirmed = current.subscribe(channel);
    }
    return confirmed.handle(
        (done, failure) -> {
          if (failure != null) {
            // Half subscribed is not connected: the next link asks for everything again.
            LOG.debug("{} was not confirmed", channel, failure);
            current.end();
          }
          return null;
        });
  }

  @Override
  public void unsubscribe(Topic topic) {
    String channel = channelOf(topic);
    synchronized (topics) {
      topics.remove(channel);
      RedisLink current = link;
      if (current != null) {
        current.unsubscribe(channel);
      }
    }
  }

  @Override
  public void broadcast(List<JournalEntry> entries) {
    int dropped = 0;
    for (JournalEntry entry : entries) {
      if (!outbox.offer(entry)) {
        dropped++;
      }
    }
    if (dropped > 0) {
      metrics.dropped(dropped);
    }
  }

  @Override
  public boolean isConnected() {
    return connected;
  }

  private void run(Runnable reconnected) {
    int failures = 0;
    boolean told = false;
    while (!stopped) {
      long since = System.nanoTime();
      try (RedisLink opened = RedisLink.open(client, uri, this::received)) {
        CompletableFuture<Void> confirmed;
        synchronized (topics) {
          link = opened;
          confirmed = opened.subscribeAll(topics.keySet());
        }
        confirmed.get(uri.getTimeout().toMillis() * 2, TimeUnit.MILLISECONDS);
        try (Publisher writing =
            new Publisher(outbox, opened, envelope, this::channelOf, metrics)) {
          publisher = writing;
          connected = true;
          LOG.info("Connected to {}", uri);
          told = false;
          reconnected.run();
          opened.awaitEnd();
        }
        if (!stopped) {
          LOG.info("The connection to {} has ended", uri);
        }
        if (System.nanoTime() - since > SETTLED_NANOS) {
          failures = 0;
        }
      } catch (InterruptedException e) {
        break;
      } catch (Exception e) {
        if (!told && !stopped) {
          LOG.warn(
              "No connection to {} ({}); events of other nodes come from the journal until it is"
                  + " there",
              uri,
              reason(e));
          told = true;
        }
        metrics.dropped(outbox.clear());
      } finally {
        connected = false;
        publisher = null;
        link = null;
      }
      try {
        pause(failures++);
      } catch (InterruptedException e) {
        break;
      }
    }
  }

  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage() == null ? cause : cause.getMessage());
  }

  /** Doubles from one time to the next, with jitter so that nodes do not come back in step. */
  private static void pause(int failures) throws InterruptedException {
    long most = Math.min(SLOWEST_MS, FASTEST_MS << Math.min(failures, DOUBLINGS));
    TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
  }

  private void received(String channel, byte[] message) {
    Topic topic = topics.get(channel);
    if (topic == null) {
      return;
    }
    try {
      List<JournalEntry> entries = envelope.unwrap(channel, topic, message);
      if (!entries.isEmpty()) {
        metrics.received(entries.size());
        receiver.accept(entries);
      }
    } catch (Rejection e) {
      metrics.rejected(e.reason());
      if (logged.add(e.reason())) {
        LOG.warn(
            "A message in {} was not taken: {}. Further ones are only counted, in"
                + " crewline.redis.rejected",
            channel,
            e.reason().text());
      }
    } catch (RuntimeException e) {
      LOG.error("Delivery failed; the next position check repeats it", e);
    }
  }

  private String channelOf(Topic topic) {
    return prefix + topic.name();
  }

  /** Publishes what waits, then leaves. Blocks for half a second at most, and for the threads. */
  @PreDestroy
  synchronized void stop() {
    stopped = true;
    try {
      Publisher writing = publisher;
      if (writing != null) {
        writing.flush(FLUSH);
      }
      if (thread != null) {
        thread.interrupt();
        thread.join(TIMEOUT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      client.shutdown(Duration.ZERO, TIMEOUT);
      resources.shutdown(0, TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).awaitUninterruptibly(2000);
    }
  }
}
