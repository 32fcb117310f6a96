package io.crewline.chat;

import io.crewline.chat.MessageBatch.Outcome;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.LockWaits;
import io.crewline.platform.Watchdog;
import io.micrometer.core.instrument.DistributionSummary;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: sends wait here while the commit before them runs, and then share the next one.
 * There is no timer; a send that finds the lane idle is committed at once, alone. Sends of a room
 * are committed, and their futures completed, in the order of arrival. A send that breaks a batch
 * (something the database refuses) fails alone: the batch is then repeated one by one. After an
 * {@link Error} nobody knows how far the batch came, so it fails and is not repeated; the lane goes
 * on with the next. The refusal of a send that finds the lane full comes after the answers of those
 * that wait before it.
 *
 * <p>A room whose locks somebody else holds does not hold up the others: a batch waits briefly for
 * locks, and is then halved, by rooms, until the room is found. Its sends take a detour, a line of
 * their own that waits for locks as long as everybody does. Later sends of the room queue behind
 * them; when none is left, the detour ends. If the lock does not come in time, all that wait there
 * are answered {@code unavailable}, so that nobody waits longer than that.
 */
final class MessageLane {
  private static final Logger LOG = LoggerFactory.getLogger(MessageLane.class);
  private static final Executor ANSWERERS =
      task -> Thread.ofVirtual().name("message-answers").start(task);
  private static final int BATCH = 256;
  static final int WAITING = 8192;

  /** Rooms on a detour, and sends that wait on each. */
  private static final int DETOURS = 32;

  private static final int DETOUR_WAITING = BATCH;

  private final MessageBatch batch;
  private final DistributionSummary sizes;
  private final LockWaits lockWaits;
  private final Watchdog watchdog;
  private final Line main;
  private final Watchdog.Watch answering;
  private final Map<Cid, Line> detours = new HashMap<>();

  /** The answers given so far. */
  private CompletableFuture<?> answered = CompletableFuture.completedFuture(null);

  /** At most that many sends wait, not counting those on a detour. */
  MessageLane(
      MessageBatch batch,
      DistributionSummary sizes,
      LockWaits lockWaits,
      Watchdog watchdog,
      int most) {
    this.batch = batch;
    this.sizes = sizes;
    this.lockWaits = lockWaits;
    this.watchdog = watchdog;
    this.main = new Line(null, most, watchdog.watch("message lane"));
    this.answering = watchdog.watch("message answers");
  }

  /** A send, who waits for it, and who came after it and found the lane full. */
  private record Waiting(
      PostMessage send, CompletableFuture<Posted> result, List<CompletableFuture<Posted>> refused) {
    Cid room() {
      return send.cid();
    }

    void complete(Outcome outcome) {
      switch (outcome) {
        case Outcome.Accepted accepted -> result.complete(accepted.posted());
        case Outcome.Refused refusal -> result.completeExceptionally(refusal.reason());
      }
      refused.forEach(
          late ->
              late.completeExceptionally(
                  ApiException.unavailable("too many messages wait to be committed")));
    }
  }

  /**
   * Sends to be committed together.
   *
   * @param lockWait null for the usual limit
   */
  private record Part(List<Waiting> sends, @Nullable Duration lockWait) {
    Part only(Predicate<Waiting> condition) {
      return new Part(sends.stream().filter(condition).toList(), lockWait);
    }
  }

  /** Sends that are committed one batch after another, by one thread. Guarded by the lane. */
  private static final class Line {
    /** The room whose detour this is; null for that of all others. */
    final @Nullable Cid detour;

    final int most;
    final ArrayDeque<Waiting> queue = new ArrayDeque<>();

    /** Taken from the queue, and to be committed before what is in it. */
    final ArrayDeque<Part> parts = new ArrayDeque<>();

    final Watchdog.Watch watch;
    boolean running;

    Line(@Nullable Cid detour, int most, Watchdog.Watch watch) {
      this.detour = detour;
      this.most = most;
      this.watch = watch;
    }

    /** There is nothing left to do. */
    void rest() {
      running = false;
      if (detour == null) {
        watch.rest();
      } else {
        watch.end();
      }
    }
  }

  CompletableFuture<Posted> post(PostMessage send) {
    Database.requireNoTransaction("a send");
    CompletableFuture<Posted> result = new CompletableFuture<>();
    Line line;
    synchronized (this) {
      line = detours.getOrDefault(send.cid(), main);
      if (line.queue.size() >= line.most) {
        line.queue.getLast().refused().add(result);
        return result;
      }
      line.queue.addLast(new Waiting(send, result, new ArrayList<>(0)));
      if (line.running) {
        return result;
      }
      line.running = true;
    }
    start(line);
    return result;
  }

  private void start(Line line) {
    boolean started = false;
    try {
      Thread.ofVirtual().name("message-lane").start(() -> run(line));
      started = true;
    } finally {
      if (!started) {
        synchronized (this) {
          line.running = false;
          line.watch.rest();
        }
      }
    }
  }

  private void run(Line line) {
    boolean drained = false;
    try {
      Part next = next(line);
      while (next != null) {
        commit(line, next);
        next = next(line);
      }
      drained = true;
    } finally {
      if (!drained) {
        start(line);
      }
    }
  }

  private synchronized @Nullable Part next(Line line) {
    line.watch.beat();
    if (!line.parts.isEmpty()) {
      return line.parts.removeFirst();
    }
    List<Waiting> next = new ArrayList<>(Math.min(line.queue.size(), BATCH));
    while (next.size() < BATCH && !line.queue.isEmpty()) {
      next.add(line.queue.removeFirst());
    }
    if (next.isEmpty()) {
      line.rest();
      if (line.detour != null) {
        detours.remove(line.detour);
      }
      return null;
    }
    return new Part(next, line.detour == null ? LockWaits.BRIEFLY : null);
  }

  private void commit(Line line, Part part) {
    List<Waiting> sends = part.sends();
    List<Outcome> outcomes;
    try {
      sizes.record(sends.size());
      List<PostMessage> posted = sends.stream().map(Waiting::send).toList();
      outcomes =
          line.detour == null
              ? batch.commit(posted, part.lockWait())
              : lockWaits.patiently(() -> batch.commit(posted, null));
    } catch (ApiException e) {
      if (line.detour != null) {
        failAll(line, part, e);
      } else if (Database.isLockTimeout(e)) {
        goAround(part, e);
      } else {
        fail(sends, e);
      }
      return;
    } catch (RuntimeException e) {
      if (sends.size() > 1) {
        LOG.debug("A batch of {} failed and is repeated one by one", sends.size(), e);
        putFirst(line, sends.stream().map(one -> new Part(List.of(one), part.lockWait())).toList());
      } else {
        LOG.error("A message could not be stored", e);
        fail(sends, ApiException.of(ErrorCode.INTERNAL, "the message could not be stored"));
      }
      return;
    } catch (Error e) {
      LOG.error("A batch of {} messages failed", sends.size(), e);
      fail(sends, ApiException.of(ErrorCode.INTERNAL, "the message may not have been stored"));
      return;
    }
    answer(
        () -> {
          for (int i = 0; i < sends.size(); i++) {
            sends.get(i).complete(outcomes.get(i));
          }
        });
  }

  private synchronized void putFirst(Line line, List<Part> parts) {
    parts.reversed().forEach(line.parts::addFirst);
  }

  /** Somebody holds a lock that this needs: looks for the room, and lets it wait on its own. */
  private void goAround(Part part, ApiException reason) {
    List<Cid> rooms = part.sends().stream().map(Waiting::room).distinct().toList();
    if (rooms.size() == 1) {
      detour(rooms.getFirst(), part, reason);
      return;
    }
    Set<Cid> half = Set.copyOf(rooms.subList(0, rooms.size() / 2));
    Part shorter = new Part(part.sends(), LockWaits.NEXT);
    putFirst(
        main,
        List.of(
            shorter.only(waiting -> half.contains(waiting.room())),
            shorter.only(waiting -> !half.contains(waiting.room()))));
  }

  private void detour(Cid room, Part part, ApiException reason) {
    Line detour = new Line(room, DETOUR_WAITING, watchdog.watchPatient("message detour"));
    synchronized (this) {
      if (detours.size() < DETOURS) {
        detour.queue.addAll(part.sends());
        List<Part> others = new ArrayList<>();
        for (Part next : main.parts) {
          detour.queue.addAll(next.only(waiting -> waiting.room().equals(room)).sends());
          others.add(next.only(waiting -> !waiting.room().equals(room)));
        }
        main.parts.clear();
        others.stream().filter(next -> !next.sends().isEmpty()).forEach(main.parts::addLast);
        moveQueued(room, detour);
        detour.running = true;
        detours.put(room, detour);
      }
    }
    if (detour.running) {
      LOG.info("Sends to {} wait for a lock, on their own", room);
      start(detour);
    } else {
      detour.watch.end();
      fail(part.sends(), reason);
    }
  }

  private void moveQueued(Cid room, Line detour) {
    Iterator<Waiting> queued = main.queue.iterator();
    while (queued.hasNext()) {
      Waiting waiting = queued.next();
      if (waiting.room().equals(room)) {
        detour.queue.addLast(waiting);
        queued.remove();
      }
    }
  }

  /** The lock did not come in time: nobody behind them waits for it once more. */
  private void failAll(Line line, Part part, ApiException reason) {
    List<Waiting> all = new ArrayList<>(part.sends());
    synchronized (this) {
      line.parts.forEach(next -> all.addAll(next.sends()));
      line.parts.clear();
      all.addAll(line.queue);
      line.queue.clear();
    }
    fail(all, reason);
  }

  private void fail(List<Waiting> sends, ApiException reason) {
    answer(() -> sends.forEach(waiting -> waiting.complete(new Outcome.Refused(reason))));
  }

  /** Answers in order, beside the next commit: writing replies must not hold it up. */
  private synchronized void answer(Runnable answers) {
    answered =
        answered
            .handle((done, failed) -> failed)
            .thenRunAsync(() -> answering.during(answers), ANSWERERS);
  }
}
