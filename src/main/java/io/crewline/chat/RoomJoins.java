package io.crewline.chat;

import io.crewline.chat.ChatEvent.MemberAdded;
import io.crewline.chat.ChatEvent.MemberData;
import io.crewline.chat.RoomRepository.Seen;
import io.crewline.chat.RoomRepository.Sight;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Journal;
import io.crewline.journal.Topic;
import io.crewline.journal.TopicState;
import io.crewline.platform.ApiException;
import io.crewline.platform.BatchLoader;
import io.crewline.platform.Database;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets users who join rooms at the same time share a transaction. Each join is an event of its own,
 * in the order of arrival; in large rooms only for the user. A room that somebody else has locked
 * holds nobody up: who joins it is sent to do that alone, and so are all whose transaction fails.
 * Thread-safe.
 */
@Singleton
final class RoomJoins {
  private static final Logger LOG = LoggerFactory.getLogger(RoomJoins.class);

  /** Rooms share this many lanes; one lane commits one batch at a time. */
  private static final int LANES = 4;

  private static final int JOINS_AT_ONCE = 256;

  /**
   * In a larger room, those who watch are not told of each who joins by watching: thousands who
   * come at once would be told of thousands. The user's own topic always tells.
   */
  static final int ANNOUNCED = 1000;

  private final Database database;
  private final RoomRepository rooms;
  private final Journal journal;
  private final ApplicationEventPublisher<DomainEvent> events;
  private final Clock clock;
  private final List<BatchLoader<Join, Outcome>> lanes;

  RoomJoins(
      Database database,
      RoomRepository rooms,
      Journal journal,
      ApplicationEventPublisher<DomainEvent> events,
      Clock clock) {
    this.database = database;
    this.rooms = rooms;
    this.journal = journal;
    this.events = events;
    this.clock = clock;
    this.lanes =
        IntStream.range(0, LANES)
            .mapToObj(i -> new BatchLoader<Join, Outcome>(JOINS_AT_ONCE, this::joinAll))
            .toList();
  }

  private record Join(UserRef user, String cid) {
    Sight sight() {
      return new Sight(user.id(), cid);
    }
  }

  /** What became of a join. */
  enum Outcome {
    JOINED,

    /** The room is private. */
    REFUSED,

    /** Nothing is done: the user is to join in a transaction of their own. */
    ALONE
  }

  /** Joins a room, or null when there is none of that name. Blocks; refused in a transaction. */
  @Nullable Outcome join(UserRef user, String cid) {
    return lanes.get(Math.floorMod(cid.hashCode(), LANES)).load(new Join(user, cid));
  }

  private Map<Join, Outcome> joinAll(Set<Join> joins) {
    try {
      return database.transaction(() -> inOneTransaction(joins));
    } catch (ApiException e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.debug("{} joins failed together and are repeated one by one", joins.size(), e);
      return joins.stream().collect(Collectors.toMap(join -> join, join -> Outcome.ALONE));
    }
  }

  private Map<Join, Outcome> inOneTransaction(Set<Join> joins) {
    Map<Sight, Seen> seen = rooms.seen(joins.stream().map(Join::sight).toList());
    Map<Join, Outcome> outcomes = new HashMap<>();
    List<Join> joining = new ArrayList<>();
    for (Join join : joins) {
      Seen room = seen.get(join.sight());
      if (room == null) {
        continue;
      }
      if (room.member()) {
        outcomes.put(join, Outcome.JOINED);
      } else if (room.room().isPrivate()) {
        outcomes.put(join, Outcome.REFUSED);
      } else {
        joining.add(join);
      }
    }
    if (!joining.isEmpty()) {
      add(joining, outcomes);
    }
    return outcomes;
  }

  private void add(List<Join> joining, Map<Join, Outcome> outcomes) {
    // Locked, a room stays and stays public.
    Set<String> free =
        rooms.lockPublic(joining.stream().map(Join::cid).collect(Collectors.toSet()));
    Map<Topic, TopicState> states = journal.states(free.stream().map(Topic::room).toList());
    Map<Sight, Long> readSeqs = new HashMap<>();
    for (Join join : joining) {
      TopicState state = free.contains(join.cid()) ? states.get(Topic.room(join.cid())) : null;
      outcomes.put(join, state == null ? Outcome.ALONE : Outcome.JOINED);
      if (state != null) {
        readSeqs.put(join.sight(), state.head().seq());
      }
    }
    Set<String> large = rooms.largerThan(ANNOUNCED, free);
    Set<Sight> added = rooms.addMembers(readSeqs, clock.instant().truncatedTo(ChronoUnit.MILLIS));
    for (Join join : joining) {
      if (added.contains(join.sight())) {
        MemberData data = new MemberData(join.cid(), join.user());
        if (!large.contains(join.cid())) {
          events.publishEvent(new MemberAdded(Topic.room(join.cid()), 0, data));
        }
        events.publishEvent(new MemberAdded(Topic.user(join.user().id()), 0, data));
      }
    }
  }
}
