package io.crewline.realtime;

/** Sees sessions come and go on this node. Must not block. */
public interface SessionListener {
  /** The session has its user. Once for each session. */
  default void loggedIn(Session session) {}

  /** The session is over; it may never have had a user. At least once for each session. */
  void closed(Session session);
}
