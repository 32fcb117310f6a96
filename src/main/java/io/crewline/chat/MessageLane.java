package io.crewline.chat;

import io.crewline.chat.MessageBatch.Outcome;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.micrometer.core.instrument.DistributionSummary;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: sends wait here while the commit before them runs, and then share the next one.
 * There is no timer; a send that finds the lane idle is committed at once, alone. Sends are
 * committed, and their futures completed, in the order of arrival. A send that breaks a batch
 * (something the database refuses) fails alone: the batch is then repeated one by one. After an
 * {@link Error} nobody knows how far the batch came, so it fails and is not repeated; the lane goes
 * on with the next. The refusal of a send that finds the lane full comes after the answers of those
 * that wait before it.
 */
final class MessageLane {
  private static final Logger LOG = LoggerFactory.getLogger(MessageLane.class);
  private static final Executor ANSWERERS =
      task -> Thread.ofVirtual().name("message-answers").start(task);
  private static final int BATCH = 256;
  static final int WAITING = 8192;

  private final MessageBatch batch;
  private final DistributionSummary sizes;
  private final int most;
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private boolean running;

  /** Belongs to the running thread: the answers given so far. */
  private CompletableFuture<?> answered = CompletableFuture.completedFuture(null);

  /** At most that many sends wait. */
  MessageLane(MessageBatch batch, DistributionSummary sizes, int most) {
    this.batch = batch;
    this.sizes = sizes;
    this.most = most;
  }

  /** A send, who waits for it, and who came after it and found the lane full. */
  private record Waiting(
      PostMessage send, CompletableFuture<Posted> result, List<CompletableFuture<Posted>> refused) {
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

  CompletableFuture<Posted> post(PostMessage send) {
    Database.requireNoTransaction("a send");
    CompletableFuture<Posted> result = new CompletableFuture<>();
    synchronized (this) {
      if (queue.size() >= most) {
        queue.getLast().refused().add(result);
        return result;
      }
      queue.addLast(new Waiting(send, result, new ArrayList<>(0)));
      if (running) {
        return result;
      }
      running = true;
    }
    start();
    return result;
  }

  private void start() {
    boolean started = false;
    try {
      Thread.ofVirtual().name("message-lane").start(this::run);
      started = true;
    } finally {
      if (!started) {
        synchronized (this) {
          running = false;
        }
      }
    }
  }

  private void run() {
    boolean drained = false;
    try {
      List<Waiting> next = next();
      while (!next.isEmpty()) {
        commit(next);
        next = next();
      }
      drained = true;
    } finally {
      if (!drained) {
        start();
      }
    }
  }

  private synchronized List<Waiting> next() {
    List<Waiting> next = new ArrayList<>(Math.min(queue.size(), BATCH));
    while (next.size() < BATCH && !queue.isEmpty()) {
      next.add(queue.removeFirst());
    }
    running = !next.isEmpty();
    return next;
  }

  private void commit(List<Waiting> sends) {
    List<Outcome> outcomes;
    try {
      sizes.record(sends.size());
      outcomes = batch.commit(sends.stream().map(Waiting::send).toList());
    } catch (ApiException e) {
      fail(sends, e);
      return;
    } catch (RuntimeException e) {
      if (sends.size() > 1) {
        LOG.debug("A batch of {} failed and is repeated one by one", sends.size(), e);
        sends.forEach(waiting -> commit(List.of(waiting)));
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

  private void fail(List<Waiting> sends, ApiException reason) {
    answer(() -> sends.forEach(waiting -> waiting.complete(new Outcome.Refused(reason))));
  }

  /** Answers in order, beside the next commit: writing replies must not hold it up. */
  private void answer(Runnable answers) {
    answered = answered.handle((done, failed) -> failed).thenRunAsync(answers, ANSWERERS);
  }
}
