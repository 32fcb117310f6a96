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
 * (something the database refuses) fails alone: the batch is then repeated one by one.
 */
final class MessageLane {
  private static final Logger LOG = LoggerFactory.getLogger(MessageLane.class);
  private static final Executor ANSWERERS =
      task -> Thread.ofVirtual().name("message-answers").start(task);
  private static final int BATCH = 256;
  private static final int WAITING = 8192;

  private final MessageBatch batch;
  private final DistributionSummary sizes;
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private boolean running;

  /** Belongs to the running thread: the answers given so far. */
  private CompletableFuture<?> answered = CompletableFuture.completedFuture(null);

  MessageLane(MessageBatch batch, DistributionSummary sizes) {
    this.batch = batch;
    this.sizes = sizes;
  }

  private record Waiting(PostMessage send, CompletableFuture<Posted> result) {}

  CompletableFuture<Posted> post(PostMessage send) {
    Database.requireNoTransaction("a send");
    Waiting waiting = new Waiting(send, new CompletableFuture<>());
    synchronized (this) {
      if (queue.size() >= WAITING) {
        return CompletableFuture.failedFuture(
            ApiException.unavailable("too many messages wait to be committed"));
      }
      queue.addLast(waiting);
      if (running) {
        return waiting.result();
      }
      running = true;
    }
    Thread.ofVirtual().name("message-lane").start(this::run);
    return waiting.result();
  }

  private void run() {
    List<Waiting> next = next();
    while (!next.isEmpty()) {
      commit(next);
      next = next();
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
    sizes.record(sends.size());
    List<Outcome> outcomes;
    try {
      outcomes = batch.commit(sends.stream().map(Waiting::send).toList());
    } catch (ApiException e) {
      answer(() -> sends.forEach(waiting -> waiting.result().completeExceptionally(e)));
      return;
    } catch (RuntimeException e) {
      if (sends.size() > 1) {
        LOG.debug("A batch of {} failed and is repeated one by one", sends.size(), e);
        sends.forEach(waiting -> commit(List.of(waiting)));
      } else {
        LOG.error("A message could not be stored", e);
        ApiException failed =
            ApiException.of(ErrorCode.INTERNAL, "the message could not be stored");
        answer(() -> sends.getFirst().result().completeExceptionally(failed));
      }
      return;
    }
    answer(
        () -> {
          for (int i = 0; i < sends.size(); i++) {
            complete(sends.get(i).result(), outcomes.get(i));
          }
        });
  }

  /** Answers in order, beside the next commit: writing replies must not hold it up. */
  private void answer(Runnable answers) {
    answered = answered.handle((done, failed) -> failed).thenRunAsync(answers, ANSWERERS);
  }

  private static void complete(CompletableFuture<Posted> result, Outcome outcome) {
    switch (outcome) {
      case Outcome.Accepted accepted -> result.complete(accepted.posted());
      case Outcome.Refused refused -> result.completeExceptionally(refused.reason());
    }
  }
}
