package io.crewline.realtime;

/**
 * Handles one type of command, on every protocol. Declare a bean; the dispatcher finds it.
 *
 * <p>Called on a virtual thread, one command of a session at a time. May block. Refuses with an
 * {@link io.crewline.platform.ApiException}.
 */
public interface CommandHandler {
  /** The command's name on the wire. */
  String type();

  /** Whether whoever has not logged in is refused before anything else about the command. */
  default boolean needsLogin() {
    return true;
  }

  Reply handle(Session session, Command command);
}
