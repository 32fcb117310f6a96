package io.crewline.realtime.redis;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.platform.Watchdog;
import io.crewline.realtime.EphemeralEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Empties the outbox into a link, on one thread: what has gathered while the last write was made
 * goes out with the next, so batches grow with the load and nothing waits for a timer.
 */
final class Publisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  /** Pieces of cargo in one write. */
  private static final int BATCH = 1024;

  /** Characters of data in one message, unless a single piece has more. */
  private static final int MESSAGE = 256 << 10;

  /** Writes that Redis has not answered yet; bounds what waits in the socket. */
  private static final int OPEN = 8;

  private final Outbox outbox;
  private final RedisLink link;
  private final Envelope envelope;
  private final Function<Topic, String> channelOf;
  private final RedisMetrics metrics;
  private final Watchdog.Watch watch;
  private final Semaphore open = new Semaphore(OPEN);
  private final Thread thread;

  /**
   * @param watch its own; ends with it
   */
  Publisher(
      Outbox outbox,
      RedisLink link,
      Envelope envelope,
      Function<Topic, String> channelOf,
      RedisMetrics metrics,
      Watchdog.Watch watch) {
    this.outbox = outbox;
    this.link = link;
    this.envelope = envelope;
    this.channelOf = channelOf;
    this.metrics = metrics;
    this.watch = watch;
    this.thread = Thread.ofVirtual().name("redis-publisher").start(this::run);
  }

  private void run() {
    try {
      // What waits when the link ends stays for the next one.
      while (!link.hasEnded()) {
        open.acquire();
        watch.rest();
        List<Cargo> cargo = outbox.take(BATCH);
        watch.beat();
        send(cargo);
      }
    } catch (InterruptedException e) {
      // closed
    } finally {
      watch.end();
    }
  }

  private void send(List<Cargo> cargo) {
    try {
      link.publish(messages(cargo))
          .whenComplete(
              (done, failure) -> {
                open.release();
                if (failure == null) {
                  metrics.published(cargo.size());
                } else {
                  failed(cargo, failure);
                }
              });
    } catch (RuntimeException e) {
      open.release();
      failed(cargo, e);
    }
  }

  private void failed(List<Cargo> cargo, Throwable failure) {
    metrics.dropped(cargo.size());
    LOG.debug("{} events did not get to Redis", cargo.size(), failure);
    link.end();
  }

  /** As few messages as may be: each of one topic, and either of entries or of ephemerals. */
  private List<Map.Entry<String, byte[]>> messages(List<Cargo> cargo) {
    Map<Topic, List<Cargo>> byTopic = new LinkedHashMap<>();
    cargo.forEach(
        each -> byTopic.computeIfAbsent(each.topic(), topic -> new ArrayList<>()).add(each));
    List<Map.Entry<String, byte[]>> messages = new ArrayList<>(byTopic.size());
    byTopic.forEach(
        (topic, ofTopic) -> {
          String channel = channelOf.apply(topic);
          int from = 0;
          int size = 0;
          for (int to = 0; to < ofTopic.size(); to++) {
            Cargo next = ofTopic.get(to);
            boolean sameKind = next.getClass() == ofTopic.get(from).getClass();
            if (to > from && (size + next.size() > MESSAGE || !sameKind)) {
              messages.add(Map.entry(channel, wrap(channel, ofTopic.subList(from, to))));
              from = to;
              size = 0;
            }
            size += next.size();
          }
          messages.add(Map.entry(channel, wrap(channel, ofTopic.subList(from, ofTopic.size()))));
        });
    return messages;
  }

  private byte[] wrap(String channel, List<Cargo> ofOneKind) {
    List<JournalEntry> entries = new ArrayList<>();
    List<EphemeralEvent> events = new ArrayList<>();
    for (Cargo each : ofOneKind) {
      switch (each) {
        case Cargo.Entry(JournalEntry entry) -> entries.add(entry);
        case Cargo.Ephemeral(EphemeralEvent event) -> events.add(event);
      }
    }
    return events.isEmpty()
        ? envelope.wrap(channel, entries)
        : envelope.wrapEphemerals(channel, events);
  }

  /** Waits until everything is out and answered, but not for long. */
  void flush(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    // The thread holds one permit while it waits for the next entry.
    while (!outbox.isEmpty() || open.availablePermits() < OPEN - 1) {
      if (System.nanoTime() > end) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
