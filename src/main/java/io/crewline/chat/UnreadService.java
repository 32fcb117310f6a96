package io.crewline.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.account.Identity;
import io.crewline.chat.ChatEvent.MessageRead;
import io.crewline.chat.ChatEvent.ReadData;
import io.crewline.chat.UnreadRepository.Count;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.BatchLoader;
import io.crewline.platform.Database;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Read positions and what follows from them. A message is unread for a member when its number is
 * past the member's read position, it is not their own and it is not deleted. Joining starts at the
 * room's newest event; sending counts as reading.
 */
@Singleton
public final class UnreadService {
  /** Users with more rooms than this are counted on their own. */
  private static final int FEW_ROOMS = 16;

  /** With {@value #FEW_ROOMS} rooms each, about what one user with a thousand rooms costs. */
  private static final int USERS_AT_ONCE = 64;

  /** So many users with many rooms are counted at the same time; the others have to be served. */
  private static final int COUNTING = 4;

  /** Messages that are counted one by one for one room before counting ahead has to help. */
  static final int UNCOUNTED = 4 * MessageCounts.STEP;

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** The longest wait for counting ahead. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Database database;
  private final RoomService rooms;
  private final MessageRepository messages;
  private final ApplicationEventPublisher<DomainEvent> events;
  private final UnreadRepository unread;
  private final MessageCounts counts;
  private final Semaphore counting = new Semaphore(COUNTING);
  private final BatchLoader<String, Few> few;

  UnreadService(
      Database database,
      UnreadRepository unread,
      MessageCounts counts,
      RoomService rooms,
      MessageRepository messages,
      ApplicationEventPublisher<DomainEvent> events) {
    this.database = database;
    this.rooms = rooms;
    this.messages = messages;
    this.events = events;
    this.unread = unread;
    this.counts = counts;
    this.few = new BatchLoader<>(USERS_AT_ONCE, this::few);
  }

  /**
   * One room's unread messages.
   *
   * @param cid the room
   * @param unread messages of others after the read position
   * @param mentions those of them that mention the user
   * @param firstUnreadId the oldest unread message; null when there is none
   */
  @Serdeable
  @Schema(name = "RoomUnread")
  record Unread(
      @Schema(pattern = ChatExamples.CID) String cid,
      long unread,
      long mentions,
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Long firstUnreadId) {
    Unread with(long count) {
      return new Unread(cid, count, mentions, firstUnreadId);
    }
  }

  /** A member's read position: the newest message read, if the room still has one. */
  @Serdeable
  record ReadPosition(
      UserRef user,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long messageId,
      long seq) {}

  /** The counts of a user; null when there are too many rooms to count with those of others. */
  private record Few(@Nullable List<Count> rooms) {}

  /**
   * All rooms of a user, by cid, those without unread messages included. Those with few rooms who
   * ask at the same time share a query; nobody waits for somebody with many.
   */
  Map<String, Long> counts(String username) {
    Few shared = few.load(username);
    List<Count> rooms = shared == null ? List.of() : shared.rooms();
    if (rooms == null) {
      rooms = alone(() -> unread.counts(username, UNCOUNTED));
    }
    return unread(username, rooms);
  }

  private Map<String, Long> unread(String username, List<Count> rooms) {
    Map<String, Long> all = new TreeMap<>();
    rooms.forEach(room -> all.put(room.cid(), room.unread()));
    List<String> uncounted =
        rooms.stream().filter(room -> room.counted() >= UNCOUNTED).map(Count::cid).toList();
    if (!uncounted.isEmpty()) {
      // Others may have much to count before it; then this one counts for itself.
      counts
          .extend(uncounted)
          .completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          .join();
      alone(() -> unread.counts(username, uncounted))
          .forEach(room -> all.put(room.cid(), room.unread()));
    }
    return all;
  }

  private <T> T alone(Supplier<T> query) {
    counting.acquireUninterruptibly();
    try {
      return limited(query);
    } finally {
      counting.release();
    }
  }

  private <T> T limited(Supplier<T> query) {
    return database.transaction(
        () -> {
          database.limitToIndexes(TIMEOUT);
          return query.get();
        });
  }

  private Map<String, Few> few(Collection<String> usernames) {
    return limited(
        () -> {
          Map<String, Few> all = new HashMap<>();
          List<String> countable = new ArrayList<>();
          unread
              .roomsOf(usernames, FEW_ROOMS + 1)
              .forEach(
                  (username, rooms) -> {
                    if (rooms > FEW_ROOMS) {
                      all.put(username, new Few(null));
                    } else if (rooms > 0) {
                      countable.add(username);
                    }
                  });
          unread
              .counts(countable, UNCOUNTED)
              .forEach((username, counted) -> all.put(username, new Few(counted)));
          return all;
        });
  }

  /** All rooms of a user, by cid, with mentions and the first unread message. */
  List<Unread> all(String username) {
    Map<String, Long> known = counts(username);
    return alone(() -> unread.details(username, null)).stream()
        .filter(detail -> known.containsKey(detail.cid()))
        .map(detail -> detail.with(known.getOrDefault(detail.cid(), 0L)))
        .toList();
  }

  /** One room; nothing is unread for somebody who is no member. */
  long of(String username, String cid) {
    return database.transaction(() -> exact(username, List.of(cid)).getOrDefault(cid, 0L));
  }

  private Map<String, Long> exact(String username, Collection<String> cids) {
    Map<String, Long> exact = new HashMap<>();
    List<String> uncounted = new ArrayList<>();
    for (Count room : unread.counts(username, cids)) {
      exact.put(room.cid(), room.unread());
      if (room.counted() >= UNCOUNTED) {
        uncounted.add(room.cid());
      }
    }
    counts.extend(uncounted);
    return exact;
  }

  /** Some rooms, by cid; those that the user is no member of are left out. */
  Map<String, Unread> of(String username, Collection<String> cids) {
    return database.transaction(
        () -> {
          Map<String, Long> exact = exact(username, cids);
          Map<String, Unread> all = new HashMap<>();
          unread
              .details(username, cids)
              .forEach(room -> all.put(room.cid(), room.with(exact.getOrDefault(room.cid(), 0L))));
          return all;
        });
  }

  /**
   * Moves the caller's read position forward, to a message or to the newest; never back.
   *
   * @return what is unread afterwards
   */
  long markRead(Identity caller, String cid, @Nullable Long messageId) {
    return database.transaction(
        () -> {
          rooms.join(caller, cid);
          Message upTo = messageId == null ? newest(cid) : message(cid, messageId);
          if (upTo != null && advance(caller.username(), cid, upTo.seq())) {
            ReadData data = new ReadData(cid, UserRef.of(caller), upTo.id(), upTo.seq());
            events.publishEvent(new MessageRead(Topic.room(cid), data));
            events.publishEvent(new MessageRead(Topic.user(caller.username()), data));
          }
          return of(caller.username(), cid);
        });
  }

  private boolean advance(String username, String cid, long seq) {
    return database.update(
            "UPDATE room_member SET read_seq = ? WHERE username = ? AND cid = ? AND read_seq < ?",
            seq,
            username,
            cid,
            seq)
        > 0;
  }

  private @Nullable Message newest(String cid) {
    List<Message> newest = messages.before(cid, Long.MAX_VALUE, 1);
    return newest.isEmpty() ? null : newest.getFirst();
  }

  private Message message(String cid, long id) {
    return messages
        .find(id)
        .filter(message -> message.channel().equals(cid))
        .orElseThrow(() -> ApiException.badField("messageId", "is not a message of this room"));
  }
}
