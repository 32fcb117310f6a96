package io.crewline.realtime.presence;

import io.crewline.realtime.CloseReason;
import io.crewline.realtime.Session;
import io.crewline.realtime.SessionListener;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which users have sessions on this node. Those whom the node has sent away itself, because it
 * stops, count a while longer: they are on their way to another one. Thread-safe.
 */
@Singleton
final class LocalUsers implements SessionListener {
  static final Duration ON_THEIR_WAY = Duration.ofSeconds(5);

  private record Leaving(String username, String sessionId, Instant at) {}

  private final Clock clock;
  private final Map<String, Set<String>> sessions = new HashMap<>();
  private final ArrayDeque<Leaving> leaving = new ArrayDeque<>();
  private Set<String> changed = new HashSet<>();
  private Runnable whenChanged = () -> {};

  LocalUsers(Clock clock) {
    this.clock = clock;
  }

  /** Runs at each change; quick. */
  synchronized void whenChanged(Runnable action) {
    whenChanged = action;
  }

  @Override
  public synchronized void loggedIn(Session session) {
    if (session.transport().encoding().carriesEphemerals()) {
      String username = session.identity().username();
      if (sessions.computeIfAbsent(username, user -> new HashSet<>()).add(session.id())) {
        changed(username);
      }
    }
  }

  private void changed(String username) {
    changed.add(username);
    whenChanged.run();
  }

  @Override
  public synchronized void closed(Session session) {
    Session.Login login = session.login();
    if (login != null) {
      String username = login.identity().username();
      if (session.closeReason() == CloseReason.RESTART) {
        leaving.add(new Leaving(username, session.id(), clock.instant().plus(ON_THEIR_WAY)));
      } else {
        remove(username, session.id());
      }
    }
  }

  private void remove(String username, String sessionId) {
    Set<String> ofUser = sessions.get(username);
    if (ofUser != null && ofUser.remove(sessionId) && ofUser.isEmpty()) {
      sessions.remove(username);
      changed(username);
    }
  }

  /** Users who came or went since the last call; some of them both, some more than once. */
  synchronized Set<String> takeChanged(Instant now) {
    while (!leaving.isEmpty() && !now.isBefore(leaving.getFirst().at())) {
      Leaving gone = leaving.removeFirst();
      remove(gone.username(), gone.sessionId());
    }
    Set<String> taken = changed;
    changed = new HashSet<>();
    return taken;
  }

  synchronized boolean isHere(String username) {
    return sessions.containsKey(username);
  }
}
