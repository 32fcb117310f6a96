package io.crewline.webhook;

import io.crewline.journal.JournalEntry;
import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The table {@code webhook_delivery}. */
@Singleton
final class DeliveryRepository {
  private static final String COLUMNS =
      """
      id, webhook_id, event_id, type, topic, seq, state, attempts, last_status, last_error,
      last_response, last_attempt_at, CASE WHEN state = 'pending' THEN next_attempt_at END AS next,
      created_at, finished_at
      """;

  /** How many waiting deliveries are counted: more are too many, however many. */
  static final int COUNTED = 10_000;

  private final Database database;

  DeliveryRepository(Database database) {
    this.database = database;
  }

  /**
   * Deliveries of events, due at once. The pairs name which go where.
   *
   * @param entryOf 1 for the first of the entries, and so on
   */
  void insert(List<JournalEntry> entries, List<Long> entryOf, List<Long> webhookOf) {
    database.update(
        """
        INSERT INTO webhook_delivery (webhook_id, event_id, type, topic, epoch, seq, at, data,
                                      next_attempt_at, created_at)
        SELECT p.webhook_id, e.topic || ':' || e.epoch || ':' || e.seq, e.type, e.topic, e.epoch,
               e.seq, e.at, e.data, e.at, e.at
        FROM unnest(?::text[], ?::text[], ?::text[], ?::bigint[], ?::timestamptz[], ?::text[])
            WITH ORDINALITY AS e (type, topic, epoch, seq, at, data, ord)
        JOIN unnest(?::bigint[], ?::bigint[]) AS p (ord, webhook_id) USING (ord)
        ORDER BY e.ord
        """,
        entries.stream().map(JournalEntry::type).toArray(String[]::new),
        entries.stream().map(entry -> entry.topic().name()).toArray(String[]::new),
        entries.stream().map(JournalEntry::epoch).toArray(String[]::new),
        entries.stream().map(JournalEntry::seq).toArray(Long[]::new),
        entries.stream().map(JournalEntry::at).toArray(Instant[]::new),
        entries.stream().map(JournalEntry::data).toArray(String[]::new),
        entryOf.toArray(Long[]::new),
        webhookOf.toArray(Long[]::new));
  }

  /** A delivery that belongs to no event. */
  Delivery insertPing(long webhookId, String eventId, String data, Instant now) {
    return database
        .queryOne(
            """
            INSERT INTO webhook_delivery (webhook_id, event_id, type, at, data, next_attempt_at,
                                          created_at)
            VALUES (?, ?, 'ping', ?, ?, ?, ?) RETURNING
            """
                + COLUMNS,
            DeliveryRepository::map,
            webhookId,
            eventId,
            now,
            data,
            now,
            now)
        .orElseThrow();
  }

  /**
   * Takes due deliveries for an attempt, those that are due longest first, and leases them: when
   * the lease has ended without a result, they are due again. What another node takes at the same
   * moment is passed over.
   *
   * @param free how many of which webhook
   */
  List<ClaimedDelivery> claim(Map<Long, Long> free, Instant now, Instant leaseUntil) {
    return database.query(
        """
        WITH due AS (
            SELECT d.id FROM unnest(?::bigint[], ?::bigint[]) AS w (webhook_id, free)
            CROSS JOIN LATERAL (
                SELECT id FROM webhook_delivery
                WHERE webhook_id = w.webhook_id AND state = 'pending' AND next_attempt_at <= ?
                ORDER BY next_attempt_at, id LIMIT w.free
                FOR UPDATE SKIP LOCKED) d)
        UPDATE webhook_delivery d
        SET claims = d.claims + 1, attempts = d.attempts + 1, next_attempt_at = ?
        FROM due WHERE d.id = due.id
        RETURNING d.id, d.webhook_id, d.claims, d.attempts, d.event_id, d.type, d.topic, d.epoch,
                  d.seq, d.at, d.data
        """,
        row ->
            new ClaimedDelivery(
                row.getLong("id"),
                row.getLong("webhook_id"),
                row.getLong("claims"),
                row.getInt("attempts"),
                row.getString("event_id"),
                row.getString("type"),
                row.getString("topic"),
                row.getString("epoch"),
                Database.longOrNull(row, "seq"),
                Database.instant(row, "at"),
                row.getString("data")),
        free.keySet().toArray(Long[]::new),
        free.values().toArray(Long[]::new),
        now,
        leaseUntil);
  }

  /**
   * Writes what became of attempts, except where the lease has passed to another. Returns the ids
   * of those that are written.
   */
  Set<Long> finish(List<Attempt> attempts) {
    List<Long> written =
        database.query(
            """
            UPDATE webhook_delivery d
            SET state = r.state, next_attempt_at = r.next, last_attempt_at = r.at,
                last_status = nullif(r.status, 0), last_error = r.error, last_response = r.response,
                finished_at = CASE WHEN r.state <> 'pending' THEN r.at END
            FROM unnest(?::bigint[], ?::bigint[], ?::text[], ?::timestamptz[], ?::timestamptz[],
                        ?::bigint[], ?::text[], ?::text[])
                AS r (id, claim, state, next, at, status, error, response)
            WHERE d.id = r.id AND d.claims = r.claim AND d.state = 'pending'
            RETURNING d.id
            """,
            row -> row.getLong("id"),
            attempts.stream().map(each -> each.delivery().id()).toArray(Long[]::new),
            attempts.stream().map(each -> each.delivery().claim()).toArray(Long[]::new),
            attempts.stream().map(each -> each.state().wireName()).toArray(String[]::new),
            attempts.stream()
                .map(each -> Objects.requireNonNullElse(each.next(), each.at()))
                .toArray(Instant[]::new),
            attempts.stream().map(Attempt::at).toArray(Instant[]::new),
            attempts.stream().map(each -> (long) each.answer().status()).toArray(Long[]::new),
            attempts.stream().map(each -> each.answer().error()).toArray(String[]::new),
            attempts.stream().map(each -> each.answer().response()).toArray(String[]::new));
    return Set.copyOf(written);
  }

  /** Newest first. */
  List<Delivery> listBefore(
      long webhookId, @Nullable DeliveryState state, long beforeId, int limit) {
    return state == null
        ? database.query(
            "SELECT "
                + COLUMNS
                + " FROM webhook_delivery WHERE webhook_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
            DeliveryRepository::map,
            webhookId,
            beforeId,
            limit)
        : database.query(
            "SELECT "
                + COLUMNS
                + " FROM webhook_delivery WHERE webhook_id = ? AND state = ? AND id < ?"
                + " ORDER BY id DESC LIMIT ?",
            DeliveryRepository::map,
            webhookId,
            state.wireName(),
            beforeId,
            limit);
  }

  Optional<Delivery> find(long webhookId, long id) {
    return database.queryOne(
        "SELECT " + COLUMNS + " FROM webhook_delivery WHERE webhook_id = ? AND id = ?",
        DeliveryRepository::map,
        webhookId,
        id);
  }

  /** Makes one due now, as if it had never been tried. */
  Optional<Delivery> replay(long webhookId, long id, Instant now) {
    return database.queryOne(
        """
        UPDATE webhook_delivery
        SET state = 'pending', attempts = 0, next_attempt_at = ?, finished_at = NULL
        WHERE webhook_id = ? AND id = ? RETURNING
        """
            + COLUMNS,
        DeliveryRepository::map,
        now,
        webhookId,
        id);
  }

  /** The same with all that are dead. Returns how many. */
  int replayDead(long webhookId, Instant now) {
    return database.update(
        """
        UPDATE webhook_delivery
        SET state = 'pending', attempts = 0, next_attempt_at = ?, finished_at = NULL
        WHERE webhook_id = ? AND state = 'dead'
        """,
        now,
        webhookId);
  }

  void deleteOf(long webhookId) {
    database.update("DELETE FROM webhook_delivery WHERE webhook_id = ?", webhookId);
  }

  /** Removes a chunk of what is finished long enough, or has lost its webhook. Returns how many. */
  int clean(Instant deliveredBefore, Instant deadBefore, int chunk) {
    return database.update(
        """
        DELETE FROM webhook_delivery WHERE id IN (
            SELECT id FROM webhook_delivery
            WHERE finished_at < ? AND state = 'delivered' OR finished_at < ? AND state = 'dead'
            LIMIT ?)
        """,
        deliveredBefore,
        deadBefore,
        chunk);
  }

  /** What stays of webhooks that are gone, or was never sent by one that is off. */
  int cleanUnsent(Instant createdBefore, int chunk) {
    return database.update(
        """
        DELETE FROM webhook_delivery WHERE id IN (
            SELECT d.id FROM webhook_delivery d LEFT JOIN webhook w ON w.id = d.webhook_id
            WHERE d.state = 'pending' AND (w.id IS NULL OR NOT w.active AND d.created_at < ?)
            LIMIT ?)
        """,
        createdBefore,
        chunk);
  }

  /**
   * What waits for active webhooks.
   *
   * @param depth how many deliveries, counted up to {@value #COUNTED}
   * @param oldest when the oldest was recorded; null when nothing waits
   */
  record Queue(long depth, @Nullable Instant oldest) {}

  /**
   * Reads at most {@value #COUNTED} entries of an index and the oldest delivery of each webhook.
   * Ranges instead of equal values leave one index for the oldest: that of the ids alone would lead
   * past all that are finished.
   */
  Queue queue() {
    database.query(
        """
        SELECT set_config('enable_seqscan', 'off', true),
               set_config('enable_bitmapscan', 'off', true), set_config('jit', 'off', true)
        """,
        row -> true);
    return database
        .queryOne(
            """
            SELECT (SELECT count(*) FROM (
                        SELECT 1 FROM webhook w CROSS JOIN LATERAL (
                            SELECT 1 FROM webhook_delivery
                            WHERE webhook_id = w.id AND state = 'pending'
                            ORDER BY next_attempt_at LIMIT %1$d) waiting
                        WHERE w.active LIMIT %1$d) counted) AS depth,
                   (SELECT min(longest.created_at) FROM webhook w CROSS JOIN LATERAL (
                        SELECT created_at FROM webhook_delivery
                        WHERE (webhook_id, state) >= (w.id, 'pending')
                          AND (webhook_id, state) <= (w.id, 'pending')
                        ORDER BY webhook_id, state, id LIMIT 1) longest
                    WHERE w.active) AS oldest
            """
                .formatted(COUNTED),
            row -> new Queue(row.getLong("depth"), Database.instantOrNull(row, "oldest")))
        .orElseThrow();
  }

  private static Delivery map(ResultSet row) throws SQLException {
    int status = row.getInt("last_status");
    return new Delivery(
        row.getLong("id"),
        row.getLong("webhook_id"),
        row.getString("event_id"),
        row.getString("type"),
        row.getString("topic"),
        Database.longOrNull(row, "seq"),
        row.getString("state"),
        row.getInt("attempts"),
        status == 0 ? null : status,
        row.getString("last_error"),
        row.getString("last_response"),
        Database.instantOrNull(row, "last_attempt_at"),
        Database.instantOrNull(row, "next"),
        Database.instant(row, "created_at"),
        Database.instantOrNull(row, "finished_at"));
  }
}
