package io.crewline.realtime;

import java.util.concurrent.CompletableFuture;

/**
 * A handler whose commands may be begun before those before them have been answered. This is what
 * lets one client's sends share a commit.
 *
 * <p>A session begins its commands in the order in which they came and sends the replies in that
 * order, whatever the order in which the futures end. What the handler owes is that of two commands
 * whose order can be told afterwards, such as sends to one room, the one that was begun first takes
 * effect first; commands that have nothing to do with each other may take effect in any order.
 *
 * <p>A command that is refused has no effect, and does not hold back those behind it: when there is
 * no place for one send and then there is for the next, the next is committed, and its reply says
 * so after the refusal. A client that repeats the refused one repeats it after the other. One that
 * needs its order kept even then waits for each reply.
 */
public interface PipelinedCommandHandler extends CommandHandler {
  /**
   * Whether the command may be begun while those before it are under way. One whose outcome may
   * depend on theirs waits until they have been answered.
   */
  default boolean mayPipeline(Command command) {
    return true;
  }

  /** Begins the command; does not wait for its end. Called on one thread of a session at a time. */
  CompletableFuture<Reply> begin(Session session, Command command);

  @Override
  default Reply handle(Session session, Command command) {
    return begin(session, command).join();
  }
}
