package io.crewline.attachment;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SQL of attachments. */
@Singleton
final class AttachmentRepository {
  private static final String SEEN = " stored AND NOT removing ";

  private final Database database;

  AttachmentRepository(Database database) {
    this.database = database;
  }

  /** A row. An attachment without an owner is pending, or abandoned if it has no uploader too. */
  record Row(
      Attachment attachment,
      String key,
      String thumbnailType,
      long thumbnailBytes,
      @Nullable String uploader,
      @Nullable Owner owner) {
    boolean isPendingOf(String username) {
      return owner == null && username.equals(uploader);
    }
  }

  /** Adds a row that nobody sees yet. Returns its id. */
  long add(
      String key,
      String contentType,
      int width,
      int height,
      long bytes,
      String thumbnailType,
      long thumbnailBytes,
      @Nullable String name,
      @Nullable String uploader,
      Instant now) {
    return database
        .queryOne(
            """
            INSERT INTO attachment (key, content_type, width, height, bytes, thumbnail_type,
                                    thumbnail_bytes, name, uploader, created_at, idle_since)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
            """,
            row -> row.getLong("id"),
            key,
            contentType,
            width,
            height,
            bytes,
            thumbnailType,
            thumbnailBytes,
            name,
            uploader,
            now,
            now)
        .orElseThrow();
  }

  /** From now on it is seen: its files are in the storage. */
  boolean markStored(long id) {
    return database.update("UPDATE attachment SET stored = true WHERE id = ? AND NOT removing", id)
        == 1;
  }

  /**
   * How many uploads of a user belong to nothing.
   *
   * @param idleSince since when the oldest does that is not being removed; null when there is none
   */
  record Waiting(int count, @Nullable Instant idleSince) {}

  Waiting waitingOf(String uploader) {
    return database
        .queryOne(
            """
            SELECT count(*) AS count, min(idle_since) FILTER (WHERE NOT removing) AS idle_since
            FROM attachment WHERE uploader = ? AND owner_kind IS NULL
            """,
            row -> new Waiting(row.getInt("count"), Database.instantOrNull(row, "idle_since")),
            uploader)
        .orElseThrow();
  }

  Optional<Row> find(long id) {
    return database.queryOne(
        "SELECT * FROM attachment WHERE id = ? AND" + SEEN, AttachmentRepository::row, id);
  }

  /** Those that belong to nothing; nobody else changes them until the transaction ends. */
  List<Row> lockPending(Collection<Long> ids) {
    return database.query(
        "SELECT * FROM attachment WHERE id = ANY (?) AND owner_kind IS NULL AND"
            + SEEN
            + "ORDER BY id FOR NO KEY UPDATE",
        AttachmentRepository::row,
        (Object) ids.toArray(Long[]::new));
  }

  List<Row> of(String kind, Collection<String> ownerIds) {
    return database.query(
        "SELECT * FROM attachment WHERE owner_kind = ? AND owner_id = ANY (?) AND"
            + SEEN
            + "ORDER BY owner_id, ordinal, id",
        AttachmentRepository::row,
        kind,
        ownerIds.toArray(String[]::new));
  }

  /** Links each attachment to the owner at the same place, in this order for equal owners. */
  int link(String kind, List<Long> ids, List<String> ownerIds) {
    return database.update(
        """
        UPDATE attachment
        SET owner_kind = ?, owner_id = l.owner_id, ordinal = l.ordinal, idle_since = NULL
        FROM unnest(?::bigint[], ?::text[]) WITH ORDINALITY AS l (id, owner_id, ordinal)
        WHERE attachment.id = l.id AND attachment.owner_kind IS NULL AND stored AND NOT removing
        """,
        kind,
        ids.toArray(Long[]::new),
        ownerIds.toArray(String[]::new));
  }

  void unlink(String kind, Collection<String> ownerIds, Instant now) {
    database.update(
        """
        UPDATE attachment
        SET owner_kind = NULL, owner_id = NULL, uploader = NULL, idle_since = ?
        WHERE owner_kind = ? AND owner_id = ANY (?)
        """,
        now,
        kind,
        ownerIds.toArray(String[]::new));
  }

  /** A row whose files are to be removed, and then itself. */
  record Unused(long id, String key) {}

  /** Takes out of sight what has belonged to nothing since the limit, at most {@code most}. */
  List<Unused> startRemoving(Instant limit, int most) {
    return database.query(
        """
        UPDATE attachment SET removing = true
        WHERE id IN (SELECT id FROM attachment WHERE idle_since <= ?
                     ORDER BY idle_since LIMIT ? FOR UPDATE SKIP LOCKED)
        RETURNING id, key
        """,
        row -> new Unused(row.getLong("id"), row.getString("key")),
        limit,
        most);
  }

  /** Its files are gone. */
  void remove(long id) {
    database.update("DELETE FROM attachment WHERE id = ? AND removing", id);
  }

  /** The storing of its files failed: the next round of cleaning removes what there may be. */
  int giveUp(long id) {
    return database.update(
        "UPDATE attachment SET removing = true, idle_since = '-infinity' WHERE id = ?", id);
  }

  private static Row row(ResultSet row) throws SQLException {
    @Nullable String kind = row.getString("owner_kind");
    @Nullable String name = row.getString("name");
    @Nullable String uploader = row.getString("uploader");
    return new Row(
        Attachment.of(
            row.getLong("id"),
            row.getString("content_type"),
            row.getInt("width"),
            row.getInt("height"),
            row.getLong("bytes"),
            name),
        row.getString("key"),
        row.getString("thumbnail_type"),
        row.getLong("thumbnail_bytes"),
        uploader,
        kind == null ? null : new Owner(kind, row.getString("owner_id")));
  }
}
