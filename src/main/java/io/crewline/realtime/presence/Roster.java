package io.crewline.realtime.presence;

import java.util.Collection;
import java.util.Map;
import java.util.Set;

/** Who is a member of which room. Implemented by the feature that has rooms. May block. */
public interface Roster {
  /** A room of at most so many members is told of each; a larger one only how many are online. */
  int SMALL = 100;

  /**
   * Rooms that some users are members of.
   *
   * @param small the small ones, by username
   * @param large the larger ones of any of them
   */
  record Rooms(Map<String, Set<String>> small, Set<String> large) {}

  /**
   * Of the watched rooms, those that the users are members of. In two queries at most, whose cost
   * follows the number of users.
   *
   * @param watched the {@code cid} of each room that anybody watches; may change meanwhile
   */
  Rooms roomsOf(Collection<String> usernames, Set<String> watched);

  /** How many of the users are members of each room, by cid; in one query. */
  Map<String, Integer> count(Collection<String> cids, Collection<String> usernames);
}
