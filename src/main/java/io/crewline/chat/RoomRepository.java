package io.crewline.chat;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** SQL of rooms and members. */
@Singleton
final class RoomRepository {
  private static final String MEMBERS =
      """
      SELECT m.username, a.display_name, m.owner, m.joined_at
      FROM room_member m JOIN account a USING (username)
      """;

  private final Database database;

  RoomRepository(Database database) {
    this.database = database;
  }

  /** A room with what one user is to it. */
  record Seen(Room room, boolean member, boolean owner) {}

  void insert(Room room) {
    database.update(
        """
        INSERT INTO room (cid, type, id, name, private, created_by, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        room.cid(),
        room.type(),
        room.id(),
        room.name(),
        room.isPrivate(),
        room.createdBy(),
        room.createdAt());
  }

  void update(Room room) {
    database.update(
        "UPDATE room SET name = ?, private = ? WHERE cid = ?",
        room.name(),
        room.isPrivate(),
        room.cid());
  }

  Optional<Seen> find(String cid, String username) {
    return database.queryOne(
        """
        SELECT r.*, m.username IS NOT NULL AS member, coalesce(m.owner, false) AS owner
        FROM room r LEFT JOIN room_member m ON m.cid = r.cid AND m.username = ?
        WHERE r.cid = ?
        """,
        row -> new Seen(room(row), row.getBoolean("member"), row.getBoolean("owner")),
        username,
        cid);
  }

  /** A user who may or may not see a room. */
  record Sight(String username, String cid) {}

  /**
   * The rooms of some pairs, with what the user is to them; those that do not exist are left out.
   */
  Map<Sight, Seen> seen(Collection<Sight> asked) {
    Map<Sight, Seen> seen = new HashMap<>();
    Map<String, Room> known = new HashMap<>();
    database.query(
        """
        SELECT a.username, r.*, m.username IS NOT NULL AS member, coalesce(m.owner, false) AS owner
        FROM unnest(?::text[], ?::text[]) AS a (username, cid) JOIN room r ON r.cid = a.cid
        LEFT JOIN room_member m ON m.cid = a.cid AND m.username = a.username
        """,
        row -> {
          String cid = row.getString("cid");
          Room room = known.get(cid);
          if (room == null) {
            room = room(row);
            known.put(cid, room);
          }
          return seen.put(
              new Sight(row.getString("username"), cid),
              new Seen(room, row.getBoolean("member"), row.getBoolean("owner")));
        },
        asked.stream().map(Sight::username).toArray(String[]::new),
        asked.stream().map(Sight::cid).toArray(String[]::new));
    return seen;
  }

  /** Those of the pairs where the user may see the room. */
  Map<Sight, Boolean> visible(Collection<Sight> asked) {
    Map<Sight, Boolean> visible = new HashMap<>();
    database.query(
        """
        SELECT a.username, a.cid
        FROM unnest(?, ?) AS a (username, cid) JOIN room r ON r.cid = a.cid
        WHERE NOT r.private
           OR EXISTS (SELECT 1 FROM room_member m
                      WHERE m.cid = a.cid AND m.username = a.username)
        """,
        row -> visible.put(new Sight(row.getString("username"), row.getString("cid")), true),
        asked.stream().map(Sight::username).toArray(String[]::new),
        asked.stream().map(Sight::cid).toArray(String[]::new));
    return visible;
  }

  void lock(String cid) {
    database.query("SELECT 1 FROM room WHERE cid = ? FOR UPDATE", row -> 1, cid);
  }

  /**
   * Keeps public rooms from being changed or deleted until the transaction ends. Returns those that
   * exist and that nobody else is changing or deleting.
   */
  Set<String> lockPublic(Collection<String> cids) {
    return new HashSet<>(
        database.query(
            """
            SELECT cid FROM room WHERE cid = ANY (?) AND NOT private
            ORDER BY cid FOR KEY SHARE SKIP LOCKED
            """,
            row -> row.getString("cid"),
            (Object) cids.toArray(String[]::new)));
  }

  /**
   * Rooms that a user sees, by cid, after a cid. Reads a page of public rooms and one of the user's
   * own, however many there are of others.
   */
  List<Room> listVisible(String username, String after, int limit) {
    return database.query(
        """
        SELECT r.*
        FROM ((SELECT cid FROM room WHERE NOT private AND cid > ? ORDER BY cid LIMIT ?)
              UNION
              (SELECT cid FROM room_member WHERE username = ? AND cid > ? ORDER BY cid LIMIT ?))
            AS visible
        JOIN room r ON r.cid = visible.cid
        ORDER BY r.cid LIMIT ?
        """,
        RoomRepository::room,
        after,
        limit,
        username,
        after,
        limit,
        limit);
  }

  /** Adds a member who has read everything up to {@code readSeq}. False when they are one. */
  boolean addMember(String cid, String username, boolean owner, long readSeq, Instant at) {
    return database.update(
            """
            INSERT INTO room_member (cid, username, owner, read_seq, joined_at)
            VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            cid,
            username,
            owner,
            readSeq,
            at)
        > 0;
  }

  /** Those of the rooms that have more members than that. */
  Set<String> largerThan(int members, Collection<String> cids) {
    return new HashSet<>(
        database.query(
            """
            SELECT wanted.cid FROM unnest(?::text[]) AS wanted (cid)
            WHERE (SELECT count(*) FROM (
                SELECT 1 FROM room_member m WHERE m.cid = wanted.cid LIMIT ?) found) > ?
            """,
            row -> row.getString("cid"),
            cids.toArray(String[]::new),
            members + 1,
            members));
  }

  /**
   * Adds members, none of them owners.
   *
   * @param readSeqs up to where each has read
   * @return those who were no members before
   */
  Set<Sight> addMembers(Map<Sight, Long> readSeqs, Instant at) {
    List<Sight> all = List.copyOf(readSeqs.keySet());
    return new HashSet<>(
        database.query(
            """
            INSERT INTO room_member (cid, username, read_seq, joined_at)
            SELECT cid, username, read_seq, ?
            FROM unnest(?::text[], ?::text[], ?::bigint[]) AS a (cid, username, read_seq)
            ORDER BY cid, username
            ON CONFLICT DO NOTHING RETURNING username, cid
            """,
            row -> new Sight(row.getString("username"), row.getString("cid")),
            at,
            all.stream().map(Sight::cid).toArray(String[]::new),
            all.stream().map(Sight::username).toArray(String[]::new),
            all.stream().map(readSeqs::get).toArray(Long[]::new)));
  }

  /** Usernames of the first two owners. */
  List<String> owners(String cid) {
    return database.query(
        "SELECT username FROM room_member WHERE cid = ? AND owner ORDER BY username LIMIT 2",
        row -> row.getString(1),
        cid);
  }

  boolean removeMember(String cid, String username) {
    return database.update("DELETE FROM room_member WHERE cid = ? AND username = ?", cid, username)
        > 0;
  }

  /** Members by username, after a username. */
  List<Member> members(String cid, String after, int limit) {
    return database.query(
        MEMBERS + "WHERE m.cid = ? AND m.username > ? ORDER BY m.username LIMIT ?",
        RoomRepository::member,
        cid,
        after,
        limit);
  }

  /**
   * A member with a read position.
   *
   * @param messageId the newest message read; null when the room has none
   */
  record FirstMember(Member member, long readSeq, @Nullable Long messageId) {}

  /** The first members of some rooms by username, by cid. */
  Map<String, List<FirstMember>> firstMembers(Collection<String> cids, int limit) {
    Map<String, List<FirstMember>> members = new HashMap<>();
    database.query(
        """
        SELECT m.cid, m.username, a.display_name, m.owner, m.joined_at, m.read_seq, read.id
        FROM unnest(?::text[]) AS wanted (cid)
        CROSS JOIN LATERAL (
            SELECT * FROM room_member WHERE room_member.cid = wanted.cid
            ORDER BY username LIMIT ?) m
        JOIN account a ON a.username = m.username
        LEFT JOIN LATERAL (
            SELECT x.id FROM message x
            WHERE x.cid = m.cid AND x.seq <= m.read_seq AND x.seq > coalesce(
                (SELECT d.up_to FROM deleted_room d WHERE d.cid = m.cid), 0)
            ORDER BY x.seq DESC LIMIT 1) read ON true
        ORDER BY m.cid, m.username
        """,
        row ->
            members
                .computeIfAbsent(row.getString("cid"), cid -> new ArrayList<>())
                .add(
                    new FirstMember(
                        member(row), row.getLong("read_seq"), Database.longOrNull(row, "id"))),
        cids.toArray(String[]::new),
        limit);
    return members;
  }

  List<Member> membersNamed(String cid, Collection<String> usernames) {
    return database.query(
        MEMBERS + "WHERE m.cid = ? AND m.username = ANY (?) ORDER BY m.username",
        RoomRepository::member,
        cid,
        usernames.toArray(String[]::new));
  }

  /** Of the usernames given for each room, those of members. */
  Map<String, Set<String>> membersAmong(Map<String, Set<String>> usernames) {
    List<String> cids = new ArrayList<>();
    List<String> names = new ArrayList<>();
    usernames.forEach(
        (cid, wanted) ->
            wanted.forEach(
                name -> {
                  cids.add(cid);
                  names.add(name);
                }));
    Map<String, Set<String>> members = new HashMap<>();
    database.query(
        """
        SELECT m.cid, m.username FROM room_member m
        JOIN unnest(?::text[], ?::text[]) AS wanted (cid, username) USING (cid, username)
        """,
        row ->
            members
                .computeIfAbsent(row.getString("cid"), cid -> new HashSet<>())
                .add(row.getString("username")),
        cids.toArray(String[]::new),
        names.toArray(String[]::new));
    return members;
  }

  /** Usernames of members, in order. */
  List<String> usernames(String cid, int limit) {
    return database.query(
        "SELECT username FROM room_member WHERE cid = ? ORDER BY username LIMIT ?",
        row -> row.getString(1),
        cid,
        limit);
  }

  /**
   * That a user is a member of a room.
   *
   * @param username null for a large room, which is given once
   */
  record Membership(String cid, @Nullable String username) {}

  /** The rooms that any of some users are members of. */
  List<String> cidsOf(Collection<String> usernames) {
    return database.query(
        "SELECT DISTINCT cid FROM room_member WHERE username = ANY (?)",
        row -> row.getString("cid"),
        (Object) usernames.toArray(String[]::new));
  }

  /** Of some rooms, those that any of some users are members of; large ones have more members. */
  List<Membership> shared(Collection<String> usernames, Collection<String> cids, int small) {
    return database.query(
        """
        WITH hit AS (
          SELECT cid, username FROM room_member WHERE username = ANY (?) AND cid = ANY (?)
        ), sized AS (
          SELECT cid, (SELECT count(*) FROM (
            SELECT 1 FROM room_member m WHERE m.cid = room.cid LIMIT ? + 1) found) > ? AS large
          FROM (SELECT DISTINCT cid FROM hit) room
        )
        SELECT cid, username FROM hit JOIN sized USING (cid) WHERE NOT large
        UNION ALL SELECT cid, NULL FROM sized WHERE large
        """,
        row -> new Membership(row.getString("cid"), row.getString("username")),
        usernames.toArray(String[]::new),
        cids.toArray(String[]::new),
        small,
        small);
  }

  /** How many of some users are members, by cid; rooms with none are left out. */
  Map<String, Integer> countAmong(Collection<String> cids, Collection<String> usernames) {
    Map<String, Integer> counts = new HashMap<>();
    database.query(
        """
        SELECT cid, count(*) AS members FROM room_member
        WHERE cid = ANY (?) AND username = ANY (?) GROUP BY cid
        """,
        row -> counts.put(row.getString("cid"), row.getInt("members")),
        cids.toArray(String[]::new),
        usernames.toArray(String[]::new));
    return counts;
  }

  /** Of some users, the first who are members. */
  List<String> firstAmong(String cid, Collection<String> usernames, int limit) {
    return database.query(
        """
        SELECT username FROM room_member WHERE cid = ? AND username = ANY (?)
        ORDER BY username LIMIT ?
        """,
        row -> row.getString(1),
        cid,
        usernames.toArray(String[]::new),
        limit);
  }

  private static Member member(ResultSet row) throws SQLException {
    return new Member(
        new UserRef(row.getString("username"), row.getString("display_name")),
        row.getBoolean("owner") ? "owner" : "member",
        Database.instant(row, "joined_at"));
  }

  private static Room room(ResultSet row) throws SQLException {
    @Nullable String createdBy = row.getString("created_by");
    return new Room(
        row.getString("cid"),
        row.getString("type"),
        row.getString("id"),
        row.getString("name"),
        row.getBoolean("private"),
        createdBy,
        Database.instant(row, "created_at"));
  }
}
