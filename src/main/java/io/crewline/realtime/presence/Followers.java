package io.crewline.realtime.presence;

import io.crewline.platform.ApiException;
import io.crewline.realtime.Session;
import io.crewline.realtime.SessionListener;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which sessions have asked for the presence of which users. A session follows at most {@value
 * #MOST} users. Thread-safe.
 */
@Singleton
final class Followers implements SessionListener {
  static final int MOST = 500;

  private final Map<String, Set<Session>> byUser = new HashMap<>();
  private final Map<Session, Set<String>> bySession = new HashMap<>();

  /**
   * Adds to the users that a session follows.
   *
   * @throws ApiException BAD_REQUEST, and nothing is added, when they would be too many
   */
  synchronized void follow(Session session, Collection<String> usernames) {
    Set<String> followed = new LinkedHashSet<>(bySession.getOrDefault(session, Set.of()));
    followed.addAll(usernames);
    if (followed.size() > MOST) {
      // A session follows until it ends, so to wait and repeat would be of no use.
      throw ApiException.badRequest(
          "users whose presence this session follows: %d (expected: at most %d)"
              .formatted(followed.size(), MOST));
    }
    // Asked in here: an end that comes later waits for this and undoes it.
    if (session.isOpen()) {
      bySession.put(session, followed);
      usernames.forEach(user -> byUser.computeIfAbsent(user, u -> new HashSet<>()).add(session));
    }
  }

  synchronized List<Session> of(String username) {
    return List.copyOf(byUser.getOrDefault(username, Set.of()));
  }

  @Override
  public synchronized void closed(Session session) {
    Set<String> followed = bySession.remove(session);
    if (followed != null) {
      followed.forEach(
          user ->
              byUser.computeIfPresent(
                  user,
                  (u, sessions) -> {
                    sessions.remove(session);
                    return sessions.isEmpty() ? null : sessions;
                  }));
    }
  }
}
