package io.crewline.realtime.presence;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.account.AccountService;
import io.crewline.journal.Topic;
import io.crewline.platform.Json;
import io.crewline.realtime.EphemeralEvent;
import io.crewline.realtime.Session;
import io.crewline.realtime.TopicHub;
import io.crewline.realtime.Watchers;
import io.crewline.realtime.presence.OnlineUsers.Change;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells this node's sessions who came and went, by {@code presence.changed}: a session that watches
 * a small room of the user or follows the user, once for each change; the user's own sessions not
 * at all. Those who watch a small room that an online user joins are told that the user is online.
 * Watchers of a larger room are told how many of its members are online, at most every {@link
 * #COUNT_EVERY}.
 *
 * <p>At most three queries for all changes of a tick, and one for all counts. For the one thread of
 * the loop.
 */
@Singleton
final class PresenceAnnouncer {
  static final Duration COUNT_EVERY = Duration.ofSeconds(3);
  private static final String TYPE = "presence.changed";

  private final TopicHub hub;
  private final Followers followers;
  private final Roster roster;
  private final AccountService accounts;
  private final Json json;
  private final Map<String, Change> waiting = new LinkedHashMap<>();
  private final Map<String, Set<String>> joined = new HashMap<>();
  private final Set<String> toCount = new HashSet<>();
  private final Map<String, Integer> counts = new HashMap<>();
  private Instant nextCount = Instant.MIN;

  PresenceAnnouncer(
      TopicHub hub, Followers followers, Roster roster, AccountService accounts, Json json) {
    this.hub = hub;
    this.followers = followers;
    this.roster = roster;
    this.accounts = accounts;
    this.json = json;
  }

  /**
   * @param lastSeenAt when the last session went; absent for one who is online
   */
  @Serdeable
  record UserData(
      Person user,
      boolean online,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant lastSeenAt) {}

  @Serdeable
  record RoomData(String channel, int online) {}

  /**
   * Tells of changes. While the database is away they wait, the newest of each user.
   *
   * @param joins users who have joined a room, online or not
   * @param online everybody who is online
   */
  void announce(List<Change> changes, List<Presence.Join> joins, Set<String> online, Instant now) {
    changes.forEach(change -> waiting.put(change.username(), change));
    for (Presence.Join join : joins) {
      if (online.contains(join.username())) {
        joined.computeIfAbsent(join.username(), user -> new HashSet<>()).add(join.cid());
      }
    }
    // A change goes to all rooms of the user, the new one among them.
    joined.keySet().removeAll(waiting.keySet());
    if (!waiting.isEmpty() || !joined.isEmpty()) {
      tellEach(now);
      waiting.clear();
      joined.clear();
    }
    if (!toCount.isEmpty() && !now.isBefore(nextCount)) {
      nextCount = now.plus(COUNT_EVERY);
      tellCounts(online, now);
    }
  }

  private void tellEach(Instant now) {
    Watchers watchers = hub.watchers();
    Roster.Rooms rooms =
        watchers.rooms().isEmpty()
            ? new Roster.Rooms(Map.of(), Set.of())
            : roster.roomsOf(users(), watchers.rooms());
    toCount.addAll(rooms.large());
    Map<Change, Set<Session>> audience = new LinkedHashMap<>();
    for (Change change : waiting.values()) {
      Set<Session> told = new HashSet<>(followers.of(change.username()));
      rooms
          .small()
          .getOrDefault(change.username(), Set.of())
          .forEach(cid -> told.addAll(watchers.of(cid)));
      audience.put(change, told);
    }
    joined.forEach(
        (username, cids) -> {
          Set<String> small = rooms.small().getOrDefault(username, Set.of());
          Set<Session> told = new HashSet<>();
          for (String cid : cids) {
            if (small.contains(cid)) {
              told.addAll(watchers.of(cid));
            }
          }
          audience.put(new Change(username, null), told);
        });
    audience.forEach((change, told) -> told.removeIf(session -> isOf(session, change.username())));
    audience.values().removeIf(Set::isEmpty);
    Map<String, String> names =
        accounts.displayNames(audience.keySet().stream().map(Change::username).toList());
    Map<Session, List<EphemeralEvent>> toEach = new HashMap<>();
    audience.forEach(
        (change, told) -> {
          EphemeralEvent event = event(change, names, now);
          told.forEach(
              session -> toEach.computeIfAbsent(session, s -> new ArrayList<>()).add(event));
        });
    hub.deliverEphemeral(toEach);
  }

  private Set<String> users() {
    Set<String> users = new HashSet<>(waiting.keySet());
    users.addAll(joined.keySet());
    return users;
  }

  private EphemeralEvent event(Change change, Map<String, String> names, Instant now) {
    String username = change.username();
    Instant since = change.since();
    UserData data =
        new UserData(
            new Person(username, names.getOrDefault(username, username)),
            change.online(),
            since == null ? null : since.truncatedTo(ChronoUnit.MILLIS));
    return new EphemeralEvent(Topic.user(username), TYPE, now, json.write(data));
  }

  private static boolean isOf(Session session, String username) {
    Session.Login login = session.login();
    return login == null || login.identity().username().equals(username);
  }

  private void tellCounts(Set<String> online, Instant now) {
    Set<String> watched = hub.watchers().rooms();
    counts.keySet().retainAll(watched);
    toCount.retainAll(watched);
    Map<String, Integer> counted =
        toCount.isEmpty() ? Map.of() : roster.count(toCount, List.copyOf(online));
    for (String cid : toCount) {
      int count = counted.getOrDefault(cid, 0);
      Integer before = counts.put(cid, count);
      if (before == null || before != count) {
        hub.deliverEphemeral(
            new EphemeralEvent(Topic.room(cid), TYPE, now, json.write(new RoomData(cid, count))));
      }
    }
    toCount.clear();
  }
}
