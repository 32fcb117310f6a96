package io.crewline.chat;

import io.crewline.journal.EventsCommitted;
import io.crewline.journal.JournalEntry;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.micronaut.context.annotation.Context;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@code message_count}: how many messages a room has up to every {@value #STEP}th of them.
 * The rows follow from the messages alone and never change, so it does not matter who writes them
 * or when: rooms that have grown are taken up in the background, on one thread and with one
 * connection, some thousand messages in a transaction. Messages of a version that knows nothing of
 * the table are counted like all others. Thread-safe.
 */
@Context
final class MessageCounts {
  /** Messages from one row to the next. */
  static final int STEP = 64;

  private static final Logger LOG = LoggerFactory.getLogger(MessageCounts.class);

  /** Messages of one transaction, and rooms of one. */
  private static final int MESSAGES = 16_384;

  private static final int ROOMS = 64;

  /** More rooms than these are not remembered; they are found again when somebody counts. */
  private static final int WAITING = 100_000;

  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final long RETRY_MS = 1000;

  /** Between two steps through all rooms after the start, which nobody waits for. */
  private static final long PAUSE_MS = 50;

  private final Database database;
  private final MessageCountRepository counts;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Map<String, CompletableFuture<Void>> waiting = new LinkedHashMap<>();
  private boolean running;

  MessageCounts(Database database, MessageCountRepository counts) {
    this.database = database;
    this.counts = counts;
  }

  @PostConstruct
  void start() {
    Thread.ofVirtual().name("message-counts-start").start(this::visitAll);
  }

  @PreDestroy
  void stop() {
    stopping.countDown();
  }

  /** A room that has grown is taken up now and then, long before anybody asks. */
  @EventListener
  void committed(EventsCommitted event) {
    for (JournalEntry entry : event.entries()) {
      String cid = entry.topic().cid();
      if (cid != null
          && entry.seq() % STEP == 0
          && entry.type().equals(ChatEvent.MessagePosted.TYPE)) {
        extend(cid);
      }
    }
  }

  /**
   * Brings the counts of rooms up to date.
   *
   * @return completes when that is done, or was tried in vain
   */
  CompletableFuture<Void> extend(Collection<String> cids) {
    return CompletableFuture.allOf(
        cids.stream().map(this::extend).toArray(CompletableFuture[]::new));
  }

  private CompletableFuture<Void> extend(String cid) {
    synchronized (waiting) {
      if (waiting.size() >= WAITING && !waiting.containsKey(cid)) {
        return CompletableFuture.completedFuture(null);
      }
      CompletableFuture<Void> done =
          waiting.computeIfAbsent(cid, absent -> new CompletableFuture<>());
      if (!running) {
        running = true;
        // Whoever asks inside a transaction does not wait: this is no part of it.
        Thread.ofVirtual()
            .name("message-counts")
            .inheritInheritableThreadLocals(false)
            .start(this::run);
      }
      return done;
    }
  }

  private void run() {
    Map<String, CompletableFuture<Void>> batch = next();
    while (!batch.isEmpty()) {
      try {
        extendAll(List.copyOf(batch.keySet()));
      } catch (RuntimeException | Error e) {
        LOG.warn("Messages could not be counted ahead; counting them takes longer", e);
      } finally {
        batch.values().forEach(done -> done.complete(null));
      }
      batch = next();
    }
  }

  private Map<String, CompletableFuture<Void>> next() {
    synchronized (waiting) {
      Map<String, CompletableFuture<Void>> batch = new LinkedHashMap<>();
      var rooms = waiting.entrySet().iterator();
      while (rooms.hasNext() && batch.size() < ROOMS && stopping.getCount() > 0) {
        Map.Entry<String, CompletableFuture<Void>> room = rooms.next();
        batch.put(room.getKey(), room.getValue());
        rooms.remove();
      }
      running = !batch.isEmpty();
      if (stopping.getCount() == 0) {
        waiting.values().forEach(done -> done.complete(null));
        waiting.clear();
      }
      return batch;
    }
  }

  private void extendAll(List<String> cids) {
    List<String> left = cids;
    while (!left.isEmpty() && stopping.getCount() > 0) {
      List<String> asked = left;
      left =
          database.transaction(
              () -> {
                database.limitToIndexes(TIMEOUT);
                return counts.extend(asked, STEP, MESSAGES / asked.size());
              });
    }
  }

  /** Visits every room once, a few at a time: rooms from before the table have no counts yet. */
  private void visitAll() {
    String after = "";
    try {
      while (!stopping.await(PAUSE_MS, TimeUnit.MILLISECONDS)) {
        String from = after;
        List<String> cids;
        try {
          cids = database.transaction(() -> counts.rooms(from, ROOMS));
          extend(cids).join();
        } catch (ApiException e) {
          LOG.debug("Counting ahead waits for the database: {}", e.detail());
          if (stopping.await(RETRY_MS, TimeUnit.MILLISECONDS)) {
            return;
          }
          continue;
        }
        if (cids.isEmpty()) {
          return;
        }
        after = cids.getLast();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.warn("The rooms of older versions are counted when somebody asks", e);
    }
  }
}
