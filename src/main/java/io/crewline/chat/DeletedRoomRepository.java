package io.crewline.chat;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** SQL of {@code deleted_room}, and of the messages of deleted rooms. */
@Singleton
final class DeletedRoomRepository {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final Database database;

  DeletedRoomRepository(Database database) {
    this.database = database;
  }

  /** A room whose messages up to a seq belong to a former life. */
  record DeletedRoom(String cid, long upTo) {}

  /**
   * What one chunk removed.
   *
   * @param messages how many
   * @param last the seq of the newest one; 0 for none
   * @param withAttachments the ids of those that had attachments, as texts
   */
  record Removed(int messages, long last, List<String> withAttachments) {}

  /** Deletes the room; its messages are seen by nobody from now on. The caller has locked it. */
  void delete(String cid) {
    database.update(
        """
        INSERT INTO deleted_room (cid, up_to)
        SELECT cid, seq FROM message WHERE cid = ? ORDER BY seq DESC LIMIT 1
        ON CONFLICT (cid) DO UPDATE SET up_to = greatest(deleted_room.up_to, excluded.up_to)
        """,
        cid);
    database.update("DELETE FROM room WHERE cid = ?", cid);
  }

  /** Rooms that have messages left, by cid, after a cid. */
  List<DeletedRoom> all(String after, int limit) {
    return database.query(
        "SELECT cid, up_to FROM deleted_room WHERE cid > ? ORDER BY cid LIMIT ?",
        row -> new DeletedRoom(row.getString("cid"), row.getLong("up_to")),
        after,
        limit);
  }

  /** Removes the oldest messages after a seq, and their reactions; skips those somebody holds. */
  Removed removeMessages(DeletedRoom room, long after, int limit) {
    database.limitToIndexes(TIMEOUT);
    List<String> withAttachments = new ArrayList<>();
    List<Long> seqs =
        database.query(
            """
            WITH former AS MATERIALIZED (
                SELECT id FROM message WHERE cid = ? AND seq > ? AND seq <= ?
                ORDER BY seq LIMIT ? FOR UPDATE SKIP LOCKED)
            DELETE FROM message USING former WHERE message.id = former.id
            RETURNING message.id, message.seq, message.attachments IS NOT NULL AS attached
            """,
            row -> {
              if (row.getBoolean("attached")) {
                withAttachments.add(row.getString("id"));
              }
              return row.getLong("seq");
            },
            room.cid(),
            after,
            room.upTo(),
            limit);
    long last = seqs.stream().mapToLong(Long::longValue).max().orElse(0);
    return new Removed(seqs.size(), last, withAttachments);
  }

  /** Forgets the room when its messages are gone and it was not deleted once more. */
  void forget(DeletedRoom room) {
    database.limitToIndexes(TIMEOUT);
    database.update(
        """
        DELETE FROM deleted_room d WHERE d.cid = ? AND d.up_to = ?
          AND NOT EXISTS (SELECT 1 FROM message m WHERE m.cid = d.cid AND m.seq <= d.up_to)
        """,
        room.cid(),
        room.upTo());
  }
}
