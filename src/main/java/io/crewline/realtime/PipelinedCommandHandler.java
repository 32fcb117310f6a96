package io.crewline.realtime;

import java.util.concurrent.CompletableFuture;

/**
 * A handler whose commands may be begun before the one before has been answered, as long as they go
 * to the same lane, which keeps their order. This is what lets one client's sends share a commit.
 */
public interface PipelinedCommandHandler extends CommandHandler {
  /** Commands with equal lanes are kept in order by the handler itself. */
  Object lane(Command command);

  /**
   * Begins the command; does not wait for its end. The future ends in the order in which commands
   * of one lane were begun.
   */
  CompletableFuture<Reply> begin(Session session, Command command);

  @Override
  default Reply handle(Session session, Command command) {
    return begin(session, command).join();
  }
}
