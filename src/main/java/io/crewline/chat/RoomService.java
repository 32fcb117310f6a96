package io.crewline.chat;

import io.crewline.account.AccountService;
import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.chat.ChatEvent.MemberAdded;
import io.crewline.chat.ChatEvent.MemberData;
import io.crewline.chat.ChatEvent.MemberRemoved;
import io.crewline.chat.ChatEvent.RoomChange;
import io.crewline.chat.ChatEvent.RoomData;
import io.crewline.chat.ChatEvent.RoomDeleted;
import io.crewline.chat.ChatEvent.RoomUpdated;
import io.crewline.chat.RoomRepository.Seen;
import io.crewline.chat.RoomRepository.Sight;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Journal;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.BatchLoader;
import io.crewline.platform.Database;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rooms and who is in them. Methods join the caller's transaction or open one. */
@Singleton
public final class RoomService {
  static final int NAME_LENGTH = 200;
  private static final int SIGHTS_AT_ONCE = 1000;

  private final Database database;
  private final RoomRepository rooms;
  private final RoomJoins joins;
  private final AccountService accounts;
  private final DeletedRooms deleted;
  private final Journal journal;
  private final ApplicationEventPublisher<DomainEvent> events;
  private final Clock clock;
  private final BatchLoader<Sight, Boolean> visible;

  RoomService(
      Database database,
      RoomRepository rooms,
      RoomJoins joins,
      AccountService accounts,
      DeletedRooms deleted,
      Journal journal,
      ApplicationEventPublisher<DomainEvent> events,
      Clock clock) {
    this.database = database;
    this.rooms = rooms;
    this.joins = joins;
    this.accounts = accounts;
    this.deleted = deleted;
    this.journal = journal;
    this.events = events;
    this.clock = clock;
    this.visible =
        new BatchLoader<>(
            SIGHTS_AT_ONCE, asked -> database.transaction(() -> rooms.visible(asked)));
  }

  /**
   * Creates a room with the caller as its owner.
   *
   * @throws ApiException CONFLICT when it exists, BAD_REQUEST for a member who does not
   */
  Room create(Identity caller, Cid cid, @Nullable String name, boolean isPrivate, Invited members) {
    Invited others = members.without(caller.username());
    try {
      return database.transaction(
          () -> {
            requireAccounts(others);
            Room room =
                new Room(
                    cid.toString(),
                    cid.type(),
                    cid.id(),
                    name == null ? cid.id() : name,
                    isPrivate,
                    caller.username(),
                    now());
            rooms.insert(room);
            journal.begin(cid.topic());
            add(room.cid(), UserRef.of(caller), true);
            accounts
                .displayNames(others.usernames())
                .forEach((username, label) -> add(room.cid(), new UserRef(username, label), false));
            return room;
          });
    } catch (RuntimeException e) {
      if (Database.isUniqueViolation(e)) {
        throw ApiException.conflict("the room " + cid + " exists");
      }
      throw e;
    }
  }

  /**
   * The room as the caller sees it.
   *
   * @throws ApiException NOT_FOUND, also for a private room of others
   */
  Seen require(Identity caller, String cid) {
    return database.transaction(
        () ->
            rooms
                .find(cid, caller.username())
                .filter(seen -> seen.member() || !seen.room().isPrivate())
                .orElseThrow(() -> ApiException.notFound("room")));
  }

  /**
   * Whether the user may watch the room. Those who ask at the same time share a query, so it is
   * refused inside a transaction: use {@link #sees} there.
   */
  boolean maySee(String username, String cid) {
    return visible.load(new Sight(username, cid)) != null;
  }

  /** Whether the user may see the room; joins the caller's transaction or opens one. */
  boolean sees(String username, String cid) {
    Sight asked = new Sight(username, cid);
    return database.transaction(() -> rooms.visible(List.of(asked)).containsKey(asked));
  }

  /** Makes the caller a member of a room that they may see. */
  Seen join(Identity caller, String cid) {
    return database.transaction(
        () -> {
          Seen seen = require(caller, cid);
          if (seen.member()) {
            return seen;
          }
          add(cid, UserRef.of(caller), false);
          return new Seen(seen.room(), true, false);
        });
  }

  /**
   * As {@link #join}; a room that does not exist becomes a public one of the caller's. Those who
   * join at the same time share a transaction, so it is refused inside one.
   */
  void joinOrCreate(Identity caller, Cid cid) {
    RoomJoins.Outcome outcome = joins.join(UserRef.of(caller), cid.toString());
    if (outcome == null) {
      try {
        create(caller, cid, null, false, Invited.nobody());
        return;
      } catch (ApiException e) {
        // Somebody else was faster; it exists now, or the error comes again below.
      }
    }
    if (outcome == RoomJoins.Outcome.REFUSED) {
      throw ApiException.notFound("room");
    }
    if (outcome != RoomJoins.Outcome.JOINED) {
      join(caller, cid.toString());
    }
  }

  List<Room> list(Identity caller, String after, int limit) {
    return database.transaction(() -> rooms.listVisible(caller.username(), after, limit));
  }

  Room update(Identity caller, String cid, @Nullable String name, @Nullable Boolean isPrivate) {
    return database.transaction(
        () -> {
          Room before = requireManaged(caller, cid);
          Room room =
              new Room(
                  before.cid(),
                  before.type(),
                  before.id(),
                  name == null ? before.name() : name,
                  isPrivate == null ? before.isPrivate() : isPrivate,
                  before.createdBy(),
                  before.createdAt());
          List<String> changed = new ArrayList<>();
          if (!room.name().equals(before.name())) {
            changed.add("name");
          }
          if (room.isPrivate() != before.isPrivate()) {
            changed.add("private");
          }
          if (!changed.isEmpty()) {
            rooms.update(room);
            events.publishEvent(new RoomUpdated(Topic.room(cid), new RoomChange(room, changed)));
          }
          return room;
        });
  }

  void delete(Identity caller, String cid) {
    database.transaction(
        () -> {
          Room room = requireManaged(caller, cid);
          deleted.delete(cid);
          events.publishEvent(new RoomDeleted(Topic.room(cid), new RoomData(room)));
        });
  }

  List<Member> members(Identity caller, String cid, String after, int limit) {
    return database.transaction(
        () -> {
          require(caller, cid);
          return rooms.members(cid, after, limit);
        });
  }

  /** Of {@code usernames}, those who are members. */
  List<Member> membersNamed(String cid, Set<String> usernames) {
    return database.transaction(() -> rooms.membersNamed(cid, usernames));
  }

  /** Of the usernames given for each room, those of members. */
  public Map<String, Set<String>> membersAmong(Map<String, Set<String>> usernames) {
    return database.transaction(() -> rooms.membersAmong(usernames));
  }

  /** Adds members. Everyone may add themselves to a public room; others need a right to manage. */
  void addMembers(Identity caller, String cid, Invited invited) {
    Set<String> usernames = invited.usernames();
    database.transaction(
        () -> {
          if (usernames.equals(Set.of(caller.username()))) {
            join(caller, cid);
            return;
          }
          requireManaged(caller, cid);
          requireAccounts(invited);
          accounts
              .displayNames(usernames)
              .forEach((username, label) -> add(cid, new UserRef(username, label), false));
        });
  }

  /** Removes a member; everyone may leave but the last owner. */
  void removeMember(Identity caller, String cid, String username) {
    database.transaction(
        () -> {
          if (username.equals(caller.username())) {
            rooms.lock(cid);
            require(caller, cid);
          } else {
            requireManaged(caller, cid);
          }
          if (rooms.owners(cid).equals(List.of(username))) {
            throw ApiException.conflict(
                username + " is the last owner of the room and cannot go: delete the room instead");
          }
          if (!rooms.removeMember(cid, username)) {
            throw ApiException.notFound("member");
          }
          String label = accounts.displayNames(List.of(username)).getOrDefault(username, username);
          MemberData data = new MemberData(cid, new UserRef(username, label));
          events.publishEvent(new MemberRemoved(Topic.room(cid), data));
          events.publishEvent(new MemberRemoved(Topic.user(username), data));
        });
  }

  private void add(String cid, UserRef user, boolean owner) {
    long head = journal.head(Topic.room(cid)).seq();
    if (rooms.addMember(cid, user.id(), owner, head, now())) {
      MemberData data = new MemberData(cid, user);
      events.publishEvent(new MemberAdded(Topic.room(cid), 0, data));
      events.publishEvent(new MemberAdded(Topic.user(user.id()), 0, data));
    }
  }

  private Room requireManaged(Identity caller, String cid) {
    rooms.lock(cid);
    Seen seen = require(caller, cid);
    if (!seen.owner() && !caller.role().atLeast(Role.MANAGER)) {
      throw ApiException.forbidden("this needs an owner of the room or a manager");
    }
    return seen.room();
  }

  private void requireAccounts(Invited invited) {
    invited.require(Set.copyOf(accounts.existing(invited.usernames())));
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
