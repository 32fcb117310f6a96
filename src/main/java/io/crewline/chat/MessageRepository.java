package io.crewline.chat;

import io.crewline.attachment.Attachment;
import io.crewline.platform.Database;
import io.crewline.platform.Json;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** SQL of messages and reactions. */
@Singleton
final class MessageRepository {
  private static final String SELECT =
      """
      SELECT m.*, a.display_name FROM message m JOIN account a ON a.username = m.author
      """;

  /** Of a message {@code m}: it does not belong to a former life of its room. */
  private static final String LIVE =
      """
       m.seq > coalesce((SELECT d.up_to FROM deleted_room d WHERE d.cid = m.cid), 0)
      """;

  /** As {@link #LIVE}, where the parameter is the room: the search begins after the former life. */
  private static final String LIVE_IN =
      """
       m.seq > coalesce((SELECT d.up_to FROM deleted_room d WHERE d.cid = ?), 0)
      """;

  private final Database database;
  private final Json json;

  MessageRepository(Database database, Json json) {
    this.database = database;
    this.json = json;
  }

  Optional<Message> find(long id) {
    return loaded(database.query(SELECT + "WHERE m.id = ? AND" + LIVE, this::message, id)).stream()
        .findFirst();
  }

  /**
   * As {@link #find}; nobody else changes the message, or deletes the room, until the transaction
   * ends.
   */
  Optional<Message> lock(long id) {
    database.query(
        "SELECT 1 FROM message m JOIN room r ON r.cid = m.cid WHERE m.id = ? AND"
            + LIVE
            + "FOR KEY SHARE OF r FOR NO KEY UPDATE OF m",
        row -> 1,
        id);
    return find(id);
  }

  Map<Long, Message> findAll(Collection<Long> ids) {
    Map<Long, Message> found = new HashMap<>();
    loaded(
            database.query(
                SELECT + "WHERE m.id = ANY (?) AND" + LIVE,
                this::message,
                (Object) ids.toArray(Long[]::new)))
        .forEach(message -> found.put(message.id(), message));
    return found;
  }

  /** The newest message of each room that has one, by cid. */
  Map<String, Message> newest(Collection<String> cids) {
    Map<String, Message> newest = new HashMap<>();
    loaded(
            database.query(
                """
                SELECT m.*, a.display_name
                FROM unnest(?::text[]) AS wanted (cid)
                CROSS JOIN LATERAL (
                    SELECT * FROM message
                    WHERE message.cid = wanted.cid AND message.seq > coalesce(
                        (SELECT d.up_to FROM deleted_room d WHERE d.cid = wanted.cid), 0)
                    ORDER BY seq DESC LIMIT 1) m
                JOIN account a ON a.username = m.author
                """,
                this::message,
                (Object) cids.toArray(String[]::new)))
        .forEach(message -> newest.put(message.channel(), message));
    return newest;
  }

  /** The newest messages of some rooms, in order, by cid; rooms without are left out. */
  Map<String, List<Message>> newest(Collection<String> cids, int limit) {
    Map<String, List<Message>> newest = new HashMap<>();
    loaded(
            database.query(
                """
                SELECT m.*, a.display_name
                FROM unnest(?::text[]) AS wanted (cid)
                CROSS JOIN LATERAL (
                    SELECT * FROM message
                    WHERE message.cid = wanted.cid AND message.seq > coalesce(
                        (SELECT d.up_to FROM deleted_room d WHERE d.cid = wanted.cid), 0)
                    ORDER BY seq DESC LIMIT ?) m
                JOIN account a ON a.username = m.author
                ORDER BY m.cid, m.seq
                """,
                this::message,
                cids.toArray(String[]::new),
                limit))
        .forEach(
            message ->
                newest.computeIfAbsent(message.channel(), cid -> new ArrayList<>()).add(message));
    return newest;
  }

  /** Messages with {@code seq < before}, the newest {@code limit}, in order. */
  List<Message> before(String cid, long before, int limit) {
    return loaded(
        database
            .query(
                SELECT
                    + "WHERE m.cid = ? AND"
                    + LIVE_IN
                    + "AND m.seq < ? ORDER BY m.seq DESC LIMIT ?",
                this::message,
                cid,
                cid,
                before,
                limit)
            .reversed());
  }

  /** Messages with {@code seq > after}, the oldest {@code limit}, in order. */
  List<Message> after(String cid, long after, int limit) {
    return loaded(
        database.query(
            SELECT + "WHERE m.cid = ? AND" + LIVE_IN + "AND m.seq > ? ORDER BY m.seq LIMIT ?",
            this::message,
            cid,
            cid,
            after,
            limit));
  }

  /** Messages of a former life give their client ids back; they are about to be removed. */
  void releaseClientIds(Collection<Long> ids) {
    if (!ids.isEmpty()) {
      Long[] former = ids.toArray(Long[]::new);
      database.query(
          "SELECT 1 FROM message WHERE id = ANY (?) ORDER BY id FOR NO KEY UPDATE",
          row -> 1,
          (Object) former);
      database.update("UPDATE message SET client_id = NULL WHERE id = ANY (?)", (Object) former);
    }
  }

  void updateText(Message message) {
    database.update(
        "UPDATE message SET text = ?, mentions = ?, edited_at = ?, deleted_at = ? WHERE id = ?",
        message.text(),
        message.mentions().toArray(String[]::new),
        message.editedAt(),
        message.deletedAt(),
        message.id());
  }

  void deleteReactions(long messageId) {
    database.update("DELETE FROM reaction WHERE message_id = ?", messageId);
  }

  void deleteAttachments(long messageId) {
    database.update("UPDATE message SET attachments = NULL WHERE id = ?", messageId);
  }

  boolean addReaction(long messageId, String username, String reaction, java.time.Instant at) {
    return database.update(
            """
            INSERT INTO reaction (message_id, username, reaction, created_at)
            VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            messageId,
            username,
            reaction,
            at)
        > 0;
  }

  boolean removeReaction(long messageId, String username, String reaction) {
    return database.update(
            "DELETE FROM reaction WHERE message_id = ? AND username = ? AND reaction = ?",
            messageId,
            username,
            reaction)
        > 0;
  }

  /** Of {@code names}, those that are users who may see the room. */
  List<String> mentionable(String cid, Set<String> names) {
    return mentionable(Map.of(cid, names)).getOrDefault(cid, List.of());
  }

  /** Of the names given for each room, those that are users who may see it, ordered by name. */
  Map<String, List<String>> mentionable(Map<String, Set<String>> namesOfRooms) {
    List<String> cids = new ArrayList<>();
    List<String> names = new ArrayList<>();
    namesOfRooms.forEach(
        (cid, each) -> {
          cids.addAll(Collections.nCopies(each.size(), cid));
          names.addAll(each);
        });
    Map<String, List<String>> mentionable = new HashMap<>();
    if (!names.isEmpty()) {
      database.query(
          """
          SELECT r.cid, a.username
          FROM unnest(?::text[], ?::text[]) AS named (cid, username)
          JOIN room r ON r.cid = named.cid
          JOIN account a ON a.username = named.username
          WHERE NOT a.disabled
            AND (NOT r.private
                 OR EXISTS (SELECT 1 FROM room_member m
                            WHERE m.cid = r.cid AND m.username = a.username))
          ORDER BY a.username
          """,
          row ->
              mentionable
                  .computeIfAbsent(row.getString("cid"), cid -> new ArrayList<>())
                  .add(row.getString("username")),
          cids.toArray(String[]::new),
          names.toArray(String[]::new));
    }
    return mentionable;
  }

  /** Adds the reactions to messages that were read without them. */
  private List<Message> loaded(List<Message> messages) {
    if (messages.isEmpty()) {
      return messages;
    }
    Map<Long, Map<String, List<String>>> reactions = new HashMap<>();
    database.query(
        """
        SELECT message_id, reaction, username FROM reaction
        WHERE message_id = ANY (?) ORDER BY message_id, created_at, reaction, username
        """,
        row ->
            reactions
                .computeIfAbsent(row.getLong("message_id"), id -> new LinkedHashMap<>())
                .computeIfAbsent(row.getString("reaction"), name -> new ArrayList<>())
                .add(row.getString("username")),
        (Object) messages.stream().map(Message::id).toArray(Long[]::new));
    return messages.stream()
        .map(
            message -> {
              Map<String, List<String>> own = reactions.get(message.id());
              return own == null ? message : message.with(own);
            })
        .toList();
  }

  private Message message(ResultSet row) throws SQLException {
    @Nullable String attachments = row.getString("attachments");
    int threadCount = row.getInt("thread_count");
    @Nullable String storedId = row.getString("client_id");
    return new Message(
        row.getLong("id"),
        row.getString("cid"),
        row.getLong("seq"),
        new UserRef(row.getString("author"), row.getString("display_name")),
        row.getString("text"),
        PostMessage.clientId(storedId),
        Database.longOrNull(row, "reply_to"),
        threadCount == 0 ? null : threadCount,
        attachments == null ? List.of() : List.of(json.read(attachments, Attachment[].class)),
        Map.of(),
        Arrays.asList((String[]) row.getArray("mentions").getArray()),
        Database.instant(row, "created_at"),
        Database.instantOrNull(row, "edited_at"),
        Database.instantOrNull(row, "deleted_at"));
  }
}
