package io.crewline.realtime;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.limit.RateLimits;
import io.micronaut.context.BeanProvider;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the handler of a command, runs it, and turns whatever goes wrong into an error reply. */
@Singleton
final class CommandDispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(CommandDispatcher.class);
  private static final Executor THREADS = task -> Thread.ofVirtual().name("mailbox").start(task);
  private static final CommandHandler UNKNOWN =
      new CommandHandler() {
        @Override
        public String type() {
          return "unknown";
        }

        @Override
        public boolean needsLogin() {
          return false;
        }

        @Override
        public Reply handle(Session session, Command command) {
          throw ApiException.of(ErrorCode.UNKNOWN_COMMAND, "there is no such command");
        }
      };

  private final BeanProvider<CommandHandler> beans;
  private final RealtimeMetrics metrics;
  private final RateLimits limits;
  private final SlowClients slowClients;
  private volatile @Nullable Map<String, CommandHandler> handlers;

  CommandDispatcher(
      BeanProvider<CommandHandler> beans,
      RealtimeMetrics metrics,
      RateLimits limits,
      SlowClients slowClients) {
    this.beans = beans;
    this.metrics = metrics;
    this.limits = limits;
    this.slowClients = slowClients;
  }

  CommandHandler handler(Command command) {
    Map<String, CommandHandler> known = handlers;
    if (known == null) {
      known = new HashMap<>();
      for (CommandHandler handler : beans) {
        if (known.put(handler.type(), handler) != null) {
          throw new IllegalStateException("two handlers for " + handler.type());
        }
      }
      handlers = known;
    }
    return known.getOrDefault(command.type(), UNKNOWN);
  }

  /** Runs each mailbox on a thread of its own, which may block. */
  Executor threads() {
    return THREADS;
  }

  /** How long a client may leave its replies unread before it is closed as too slow. */
  Duration patience() {
    return slowClients.patience();
  }

  /** What a new session may ask for. */
  CommandAllowance allowance() {
    return new CommandAllowance(limits);
  }

  /** The reply to a command that is not handled at all. */
  Reply refuse(Command command, ApiException refusal) {
    Reply reply = Reply.error(refusal);
    metrics.handled(handler(command).type(), reply.outcome());
    return reply;
  }

  /**
   * Handles a command.
   *
   * @throws Error whatever the handler ran into that is no refusal and no fault of its own
   */
  Reply handle(CommandHandler handler, Session session, Command command) {
    Reply reply;
    try {
      requireLogin(handler, session);
      reply = handler.handle(session, command);
    } catch (RuntimeException e) {
      reply = failed(command, e);
    }
    metrics.handled(handler.type(), reply.outcome());
    return reply;
  }

  /** Begins a command. The future fails with an {@link Error}, never with a refusal. */
  CompletableFuture<Reply> begin(
      PipelinedCommandHandler handler, Session session, Command command) {
    CompletableFuture<Reply> begun;
    try {
      requireLogin(handler, session);
      begun = handler.begin(session, command);
    } catch (RuntimeException e) {
      begun = CompletableFuture.failedFuture(e);
    }
    return begun.handle(
        (done, failure) -> {
          Reply reply = failure == null ? done : failed(command, failure);
          metrics.handled(handler.type(), reply.outcome());
          return reply;
        });
  }

  private static void requireLogin(CommandHandler handler, Session session) {
    if (handler.needsLogin()) {
      session.identity();
    }
  }

  private static Reply failed(Command command, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof Error error) {
      throw error;
    }
    if (cause instanceof ApiException refused) {
      return Reply.error(refused);
    }
    LOG.error("Command {} failed", command.type(), cause);
    return Reply.error(ApiException.of(ErrorCode.INTERNAL, "the command failed; it is logged"));
  }
}
