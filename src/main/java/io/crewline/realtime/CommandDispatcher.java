package io.crewline.realtime;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.limit.RateLimits;
import io.micronaut.context.BeanProvider;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the handler of a command, runs it, and turns whatever goes wrong into an error reply. */
@Singleton
final class CommandDispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(CommandDispatcher.class);
  private static final CommandHandler UNKNOWN =
      new CommandHandler() {
        @Override
        public String type() {
          return "unknown";
        }

        @Override
        public Reply handle(Session session, Command command) {
          throw ApiException.of(ErrorCode.UNKNOWN_COMMAND, "there is no such command");
        }
      };

  private final BeanProvider<CommandHandler> beans;
  private final RealtimeMetrics metrics;
  private final RateLimits limits;
  private volatile @Nullable Map<String, CommandHandler> handlers;

  CommandDispatcher(
      BeanProvider<CommandHandler> beans, RealtimeMetrics metrics, RateLimits limits) {
    this.beans = beans;
    this.metrics = metrics;
    this.limits = limits;
  }

  CommandHandler handler(Command command, Session session) {
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

  /** What a new session may ask for. */
  CommandAllowance allowance() {
    return new CommandAllowance(limits);
  }

  /** The reply to a command that is not handled at all. */
  Reply refuse(CommandHandler handler, ApiException refusal) {
    Reply reply = Reply.error(refusal);
    metrics.handled(handler.type(), reply.outcome());
    return reply;
  }

  Reply handle(CommandHandler handler, Session session, Command command) {
    Reply reply;
    try {
      reply = handler.handle(session, command);
    } catch (RuntimeException e) {
      reply = failed(command, e);
    }
    metrics.handled(handler.type(), reply.outcome());
    return reply;
  }

  /** The lane of a pipelined command; null when it cannot even be placed and is handled alone. */
  @Nullable Object lane(PipelinedCommandHandler handler, Command command) {
    try {
      return handler.lane(command);
    } catch (ApiException e) {
      return null;
    }
  }

  CompletableFuture<Reply> begin(
      PipelinedCommandHandler handler, Session session, Command command) {
    CompletableFuture<Reply> begun;
    try {
      begun = handler.begin(session, command);
    } catch (RuntimeException e) {
      begun = CompletableFuture.failedFuture(e);
    }
    return begun
        .exceptionally(e -> failed(command, e))
        .thenApply(
            reply -> {
              metrics.handled(handler.type(), reply.outcome());
              return reply;
            });
  }

  private static Reply failed(Command command, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof ApiException refused) {
      return Reply.error(refused);
    }
    LOG.error("Command {} failed", command.type(), cause);
    return Reply.error(ApiException.of(ErrorCode.INTERNAL, "the command failed; it is logged"));
  }
}
