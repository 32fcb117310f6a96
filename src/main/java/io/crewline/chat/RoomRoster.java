package io.crewline.chat;

import io.crewline.platform.Database;
import io.crewline.realtime.presence.Roster;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Tells presence who is a member where. */
@Singleton
final class RoomRoster implements Roster {
  private final Database database;
  private final RoomRepository rooms;

  RoomRoster(Database database, RoomRepository rooms) {
    this.database = database;
    this.rooms = rooms;
  }

  @Override
  public Rooms roomsOf(Collection<String> usernames, Collection<String> cids) {
    Map<String, Set<String>> small = new HashMap<>();
    Set<String> large = new HashSet<>();
    database
        .transaction(() -> rooms.shared(usernames, cids, SMALL))
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

  @Override
  public Map<String, Integer> count(Collection<String> cids, Collection<String> usernames) {
    return database.transaction(() -> rooms.countAmong(cids, usernames));
  }
}
