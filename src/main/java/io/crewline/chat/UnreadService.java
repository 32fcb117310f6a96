package io.crewline.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.account.Identity;
import io.crewline.chat.ChatEvent.MessageRead;
import io.crewline.chat.ChatEvent.ReadData;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.BatchLoader;
import io.crewline.platform.Database;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Read positions and what follows from them. A message is unread for a member when its number is
 * past the member's read position, it is not their own and it is not deleted. Joining starts at the
 * room's newest event; sending counts as reading.
 */
@Singleton
public final class UnreadService {
  /**
   * Counted from the index alone, which knows numbers and authors; the deleted are few and
   * subtracted.
   */
  private static final String UNREAD =
      """
      SELECT m.username, m.cid, counted.unread - deleted.unread AS unread, first.id AS first_unread,
             mentioned.mentions
      FROM room_member m
      CROSS JOIN LATERAL (
          SELECT count(*) AS unread FROM message x
          WHERE x.cid = m.cid AND x.seq > m.read_seq AND x.author <> m.username) counted
      CROSS JOIN LATERAL (
          SELECT count(*) AS unread FROM message x
          WHERE x.cid = m.cid AND x.seq > m.read_seq AND x.author <> m.username
            AND x.deleted_at IS NOT NULL) deleted
      CROSS JOIN LATERAL (
          SELECT count(*) AS mentions FROM message x
          WHERE x.cid = m.cid AND x.seq > m.read_seq AND x.author <> m.username
            AND x.deleted_at IS NULL AND x.mentions <> '{}' AND m.username = ANY (x.mentions)
      ) mentioned
      LEFT JOIN LATERAL (
          SELECT x.id FROM message x
          WHERE x.cid = m.cid AND x.seq > m.read_seq AND x.author <> m.username
            AND x.deleted_at IS NULL
          ORDER BY x.seq LIMIT 1) first ON true
      """;

  private static final String UNREAD_OF_USER = UNREAD + "WHERE m.username = ?\n";

  /** Few, because one user may have much to count. */
  private static final int USERS_AT_ONCE = 50;

  private final Database database;
  private final RoomService rooms;
  private final MessageRepository messages;
  private final ApplicationEventPublisher<DomainEvent> events;
  private final BatchLoader<String, List<Unread>> all;

  UnreadService(
      Database database,
      RoomService rooms,
      MessageRepository messages,
      ApplicationEventPublisher<DomainEvent> events) {
    this.database = database;
    this.rooms = rooms;
    this.messages = messages;
    this.events = events;
    this.all = new BatchLoader<>(USERS_AT_ONCE, this::all);
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
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Long firstUnreadId) {}

  /** A member's read position: the newest message read, if the room still has one. */
  @Serdeable
  record ReadPosition(
      UserRef user,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long messageId,
      long seq) {}

  /**
   * All rooms of a user, by cid, those without unread messages included. Those who ask at the same
   * time share a query.
   */
  List<Unread> all(String username) {
    List<Unread> rooms = all.load(username);
    return rooms == null ? List.of() : rooms;
  }

  private Map<String, List<Unread>> all(Collection<String> usernames) {
    Map<String, List<Unread>> all = new HashMap<>();
    database.transaction(
        () ->
            database.query(
                UNREAD + "WHERE m.username = ANY (?) ORDER BY m.cid",
                row ->
                    all.computeIfAbsent(row.getString("username"), user -> new ArrayList<>())
                        .add(unread(row)),
                (Object) usernames.toArray(String[]::new)));
    return all;
  }

  /** One room; nothing is unread for somebody who is no member. */
  Unread of(String username, String cid) {
    return database.transaction(
        () ->
            database
                .queryOne(UNREAD_OF_USER + "AND m.cid = ?", UnreadService::unread, username, cid)
                .orElse(new Unread(cid, 0, 0, null)));
  }

  /** Some rooms, by cid; those that the user is no member of are left out. */
  Map<String, Unread> of(String username, Collection<String> cids) {
    Map<String, Unread> unread = new HashMap<>();
    database.transaction(
        () ->
            database
                .query(
                    UNREAD_OF_USER + "AND m.cid = ANY (?)",
                    UnreadService::unread,
                    username,
                    cids.toArray(String[]::new))
                .forEach(room -> unread.put(room.cid(), room)));
    return unread;
  }

  /** Read positions of the first members of a room. */
  List<ReadPosition> positions(String cid, int limit) {
    return database.transaction(
        () ->
            database.query(
                """
                SELECT m.username, a.display_name, m.read_seq,
                       (SELECT id FROM message x WHERE x.cid = m.cid AND x.seq <= m.read_seq
                        ORDER BY x.seq DESC LIMIT 1) AS message_id
                FROM room_member m JOIN account a USING (username)
                WHERE m.cid = ? ORDER BY m.username LIMIT ?
                """,
                row ->
                    new ReadPosition(
                        new UserRef(row.getString("username"), row.getString("display_name")),
                        Database.longOrNull(row, "message_id"),
                        row.getLong("read_seq")),
                cid,
                limit));
  }

  /**
   * Moves the caller's read position forward, to a message or to the newest; never back.
   *
   * @return what is unread afterwards
   */
  Unread markRead(Identity caller, String cid, @Nullable Long messageId) {
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

  private static Unread unread(java.sql.ResultSet row) throws java.sql.SQLException {
    return new Unread(
        row.getString("cid"),
        row.getLong("unread"),
        row.getLong("mentions"),
        Database.longOrNull(row, "first_unread"));
  }
}
