package io.crewline.chat;

import io.crewline.platform.Database;
import io.crewline.realtime.presence.Roster;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tells presence who is a member where. */
@Singleton
final class RoomRoster implements Roster {
  /** So many watched rooms a user are cheaper to compare than the user's own to be read. */
  private static final int ROOMS_FOR_EACH = 100;

  private final Database database;
  private final RoomRepository rooms;

  RoomRoster(Database database, RoomRepository rooms) {
    this.database = database;
    this.rooms = rooms;
  }

  @Override
  public Rooms roomsOf(Collection<String> usernames, Set<String> watched) {
    Map<String, Set<String>> small = new HashMap<>();
    Set<String> large = new HashSet<>();
    database
        .transaction(() -> rooms.shared(usernames, candidates(usernames, watched), SMALL))
        .forEach(
            membership -> {
              String username = membership.username();
              if (username == null) {
                large.add(membership.cid());
              } else {
                small.computeIfAbsent(username, u -> new HashSet<>()).add(membership.cid());
              }
            });
    return new Rooms(small, large);
  }

  /** Few users do not make the database look through all that is watched. */
  private Collection<String> candidates(Collection<String> usernames, Set<String> watched) {
    if (watched.size() <= ROOMS_FOR_EACH * usernames.size()) {
      return List.copyOf(watched);
    }
    List<String> cids = rooms.cidsOf(usernames);
    cids.removeIf(cid -> !watched.contains(cid));
    return cids;
  }

  @Override
  public Map<String, Integer> count(Collection<String> cids, Collection<String> usernames) {
    return database.transaction(() -> rooms.countAmong(cids, usernames));
  }
}
