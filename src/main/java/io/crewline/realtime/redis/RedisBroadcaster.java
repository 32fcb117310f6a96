package io.crewline.realtime.redis;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.platform.RedisAddress;
import io.crewline.platform.Settings;
import io.crewline.platform.Watchdog;
import io.crewline.realtime.Broadcaster;
import io.crewline.realtime.EphemeralEvent;
import io.crewline.realtime.redis.Rejection.Reason;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Requires;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
 * so the number is part of the channel's name. In a cluster of version 7 or newer the channels are
 * sharded: each is served by the master that owns its slot.
 *
 * <p>Redis may be away at the start and at any time later: the connection is made anew, at first
 * after 50 ms, at most every {@value #SLOWEST_MS} ms. Connected means that Redis has confirmed
 * every subscription. What could not be published meanwhile is dropped and counted.
 */
@Singleton
@Requires(property = "crewline.broadcaster", value = "redis")
public final class RedisBroadcaster implements Broadcaster {
  private static final Logger LOG = LoggerFactory.getLogger(RedisBroadcaster.class);
  private static final String CHANNEL = "crewline:1:";
  private static final Duration FLUSH = Duration.ofMillis(500);
  private static final long FASTEST_MS = 50;
  private static final long SLOWEST_MS = 2000;
  private static final int DOUBLINGS = 6;
  private static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final RedisConnector redis;
  private final String prefix;
  private final Envelope envelope;
  private final RedisMetrics metrics;
  private final Watchdog watchdog;
  private final Watchdog.Watch watch;
  private final Outbox outbox = new Outbox();
  private final Map<String, Topic> topics = new ConcurrentHashMap<>();
  private final Set<Reason> logged = ConcurrentHashMap.newKeySet();
  private volatile Consumer<List<JournalEntry>> receiver = entries -> {};
  private volatile Consumer<List<EphemeralEvent>> ephemerals = events -> {};
  private volatile @Nullable RedisLink link;
  private volatile @Nullable Publisher publisher;
  private volatile boolean connected;
  private volatile boolean stopped;
  private @Nullable Thread thread;

  RedisBroadcaster(Settings settings, MeterRegistry registry, Clock clock, Watchdog watchdog) {
    RedisAddress address = Objects.requireNonNull(settings.redis());
    this.watchdog = watchdog;
    this.watch = watchdog.watchRemote("redis link", address.timeout());
    this.redis = new RedisConnector(address, watch::progress);
    this.prefix = CHANNEL + address.database() + ":";
    this.envelope = new Envelope(UUID.randomUUID(), settings.broadcastKeys(), clock);
    this.metrics = new RedisMetrics(registry, this::isConnected);
  }

  @Override
  public synchronized void start(
      Consumer<List<JournalEntry>> receiver,
      Consumer<List<EphemeralEvent>> ephemerals,
      Runnable reconnected) {
    this.receiver = receiver;
    this.ephemerals = ephemerals;
    this.thread =
        Thread.ofVirtual()
            .name("redis-link")
            .start(
                () -> {
                  try {
                    run(reconnected);
                  } finally {
                    watch.end();
                  }
                });
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
    offer(Cargo.ofEntries(entries));
  }

  @Override
  public void broadcastEphemeral(List<EphemeralEvent> events) {
    // What waits for a connection would be stale when it is there.
    if (connected) {
      offer(Cargo.ofEphemerals(events));
    } else {
      metrics.dropped(events.size());
    }
  }

  private void offer(List<Cargo> cargo) {
    int dropped = 0;
    for (Cargo each : cargo) {
      if (!outbox.offer(each)) {
        dropped++;
      }
    }
    if (dropped > 0) {
      metrics.dropped(dropped);
    }
  }

  @Override
  public boolean isConnected() {
    RedisLink current = link;
    return connected && current != null && current.isWhole();
  }

  private void run(Runnable reconnected) {
    int failures = 0;
    boolean told = false;
    while (!stopped) {
      watch.beat();
      long since = System.nanoTime();
      try (RedisLink opened = redis.open(this::received, reconnected)) {
        CompletableFuture<Void> confirmed;
        synchronized (topics) {
          link = opened;
          confirmed = opened.subscribeAll(topics.keySet());
        }
        confirmed.get(redis.timeout().toMillis() * 2, TimeUnit.MILLISECONDS);
        watch.beat();
        try (Publisher writing =
            new Publisher(
                outbox,
                opened,
                envelope,
                this::channelOf,
                metrics,
                watchdog.watchRemote("redis publisher", redis.timeout()))) {
          publisher = writing;
          connected = true;
          LOG.info("Connected to {}", opened);
          told = false;
          reconnected.run();
          opened.awaitEnd(watch::beat);
        }
        if (!stopped) {
          LOG.info("The connection to {} has ended", redis);
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
              redis,
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
      Envelope.Content content = envelope.unwrap(channel, topic, message);
      if (!content.entries().isEmpty()) {
        metrics.received(content.entries().size());
        receiver.accept(content.entries());
      }
      if (!content.ephemerals().isEmpty()) {
        metrics.received(content.ephemerals().size());
        ephemerals.accept(content.ephemerals());
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
        thread.join(redis.timeout());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      redis.close();
    }
  }
}
