package io.crewline.chat;

import io.crewline.chat.RoomRepository.FirstMember;
import io.crewline.chat.RoomRepository.Seen;
import io.crewline.chat.RoomRepository.Sight;
import io.crewline.chat.UnreadRepository.Count;
import io.crewline.chat.UnreadService.ReadPosition;
import io.crewline.journal.Journal;
import io.crewline.journal.Topic;
import io.crewline.journal.TopicState;
import io.crewline.platform.ApiException;
import io.crewline.platform.BatchLoader;
import io.crewline.platform.Database;
import io.crewline.platform.Json;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What those who begin to watch a room are told of it. Who asks at the same time shares one
 * transaction and, of the same room, one encoded text.
 *
 * <p>Guarantee: a snapshot is read after it was asked for. Who subscribes first and asks then
 * misses nothing between the snapshot and the events. All of it, the right to see the room
 * included, is of one moment of the database. Thread-safe.
 */
@Singleton
final class RoomSnapshots {
  /** Members whose names and read positions are told. */
  private static final int MEMBERS = 100;

  /** Rooms share this many lanes; one lane reads for one batch at a time. */
  private static final int LANES = 4;

  private static final int WATCHERS_AT_ONCE = 256;
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Database database;
  private final RoomRepository rooms;
  private final MessageRepository messages;
  private final UnreadRepository unread;
  private final MessageCounts counts;
  private final Journal journal;
  private final Json json;
  private final List<BatchLoader<Asked, Answer>> lanes;

  RoomSnapshots(
      Database database,
      RoomRepository rooms,
      MessageRepository messages,
      UnreadRepository unread,
      MessageCounts counts,
      Journal journal,
      Json json) {
    this.database = database;
    this.rooms = rooms;
    this.messages = messages;
    this.unread = unread;
    this.counts = counts;
    this.journal = journal;
    this.json = json;
    this.lanes =
        IntStream.range(0, LANES)
            .mapToObj(
                i ->
                    new BatchLoader<Asked, Answer>(
                        WATCHERS_AT_ONCE, asked -> read(asked, UnreadService.UNCOUNTED)))
            .toList();
  }

  /**
   * A room as one of its watchers sees it.
   *
   * @param unread messages that the watcher has not read
   */
  record Snapshot(SharedRoom room, TopicState state, long unread) {}

  private record Asked(Sight sight, int limit) {}

  /** A snapshot, or the news that too much is unread to be counted with others. */
  private record Answer(Snapshot snapshot, boolean counted) {}

  /**
   * Reads a room. Blocks; refused in a transaction.
   *
   * @param limit the newest so many messages
   * @throws ApiException NOT_FOUND for a room that the user may not see
   */
  Snapshot of(String username, String cid, int limit) {
    Asked asked = new Asked(new Sight(username, cid), limit);
    Answer answer = lanes.get(Math.floorMod(cid.hashCode(), LANES)).load(asked);
    if (answer != null && !answer.counted()) {
      counts.extend(List.of(cid));
      answer = read(Set.of(asked), Long.MAX_VALUE).get(asked);
    }
    if (answer == null) {
      throw ApiException.notFound("room");
    }
    return answer.snapshot();
  }

  private Map<Asked, Answer> read(Set<Asked> asked, long uncounted) {
    return database.snapshot(
        () -> {
          database.limitToIndexes(TIMEOUT);
          return readAll(asked, uncounted);
        });
  }

  private Map<Asked, Answer> readAll(Set<Asked> asked, long uncounted) {
    List<Sight> sights = asked.stream().map(Asked::sight).distinct().toList();
    Map<Sight, Seen> seen = rooms.seen(sights);
    seen.values().removeIf(room -> !room.member() && room.room().isPrivate());
    Set<String> cids = seen.keySet().stream().map(Sight::cid).collect(Collectors.toSet());
    if (cids.isEmpty()) {
      return Map.of();
    }
    Map<Topic, TopicState> states = journal.states(cids.stream().map(Topic::room).toList());
    Map<String, List<FirstMember>> members = rooms.firstMembers(cids, MEMBERS);
    Map<Sight, Count> unreadOf =
        unread.counts(
            sights.stream()
                .filter(sight -> seen.containsKey(sight) && seen.get(sight).member())
                .toList(),
            uncounted);
    Map<Integer, Map<String, List<Message>>> newest = new HashMap<>();
    wanted(asked, cids)
        .forEach((limit, wanted) -> newest.put(limit, messages.newest(wanted, limit)));
    Map<Room, Map<Integer, SharedRoom>> shared = new HashMap<>();
    Map<Asked, Answer> answers = new HashMap<>();
    for (Asked each : asked) {
      Seen room = seen.get(each.sight());
      TopicState state = states.get(Topic.room(each.sight().cid()));
      if (room == null || state == null) {
        continue;
      }
      SharedRoom told =
          shared
              .computeIfAbsent(room.room(), one -> new HashMap<>())
              .computeIfAbsent(
                  each.limit(),
                  limit ->
                      new SharedRoom(
                          json,
                          room.room(),
                          members.getOrDefault(room.room().cid(), List.of()),
                          newest
                              .getOrDefault(limit, Map.of())
                              .getOrDefault(room.room().cid(), List.of())));
      Count count = unreadOf.get(each.sight());
      answers.put(
          each,
          new Answer(
              new Snapshot(told, state, count == null ? 0 : count.unread()),
              count == null || count.counted() < uncounted));
    }
    return answers;
  }

  /** Rooms by the number of messages that are asked for. */
  private static Map<Integer, Set<String>> wanted(Set<Asked> asked, Set<String> visible) {
    Map<Integer, Set<String>> wanted = new TreeMap<>();
    for (Asked each : asked) {
      if (each.limit() > 0 && visible.contains(each.sight().cid())) {
        wanted.computeIfAbsent(each.limit(), limit -> new HashSet<>()).add(each.sight().cid());
      }
    }
    return wanted;
  }

  /** What all watchers of a room are told alike, encoded when the first of them needs it. */
  static final class SharedRoom {
    private final Json json;
    private final Room room;
    private final List<Member> members = new ArrayList<>();
    private final List<ReadPosition> read = new ArrayList<>();
    private final List<Message> messages;
    private volatile String whole = "";
    private volatile String withoutMessages = "";

    private SharedRoom(Json json, Room room, List<FirstMember> members, List<Message> messages) {
      this.json = json;
      this.room = room;
      this.messages = messages;
      for (FirstMember each : members) {
        this.members.add(each.member());
        this.read.add(new ReadPosition(each.member().user(), each.messageId(), each.readSeq()));
      }
    }

    /** {@code {"channel":…,"members":…,"messages":…,"read":…}}, where two may do it at once. */
    String text(boolean withMessages) {
      String known = withMessages ? whole : withoutMessages;
      if (!known.isEmpty()) {
        return known;
      }
      String text =
          json.write(new Fields(room, members, withMessages ? messages : List.of(), read));
      if (withMessages) {
        whole = text;
      } else {
        withoutMessages = text;
      }
      return text;
    }
  }

  @Serdeable
  record Fields(
      Room channel, List<Member> members, List<Message> messages, List<ReadPosition> read) {}
}
