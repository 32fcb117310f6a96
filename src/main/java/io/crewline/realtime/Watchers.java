package io.crewline.realtime;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Which sessions of this node watch which room and take ephemeral events; kept as subscriptions
 * begin and end, so that nobody has to walk over all of them. Thread-safe.
 */
public final class Watchers {
  private final Map<String, Set<Subscription>> byRoom = new ConcurrentHashMap<>();

  void add(Subscription subscription) {
    String cid = subscription.topic().cid();
    if (cid != null && subscription.session().transport().encoding().carriesEphemerals()) {
      byRoom.compute(
          cid,
          (room, watching) -> {
            Set<Subscription> all = watching == null ? ConcurrentHashMap.newKeySet() : watching;
            all.add(subscription);
            return all;
          });
    }
  }

  void remove(Subscription subscription) {
    String cid = subscription.topic().cid();
    if (cid != null) {
      byRoom.computeIfPresent(
          cid,
          (room, watching) -> {
            watching.remove(subscription);
            return watching.isEmpty() ? null : watching;
          });
    }
  }

  /** The rooms that anybody watches, by {@code cid}. A view. */
  public Set<String> rooms() {
    return byRoom.keySet();
  }

  /** The sessions that watch a room. */
  public Collection<Session> of(String cid) {
    return byRoom.getOrDefault(cid, Set.of()).stream()
        .map(Subscription::session)
        .collect(Collectors.toSet());
  }
}
