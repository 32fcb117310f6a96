package io.crewline.journal;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of the journal: one for each period of time, so that what is past retention is
 * dropped at once, however much it is.
 *
 * <p>An insert takes the period that {@code current_event_period()} names. Every period that it may
 * name has a partition, so that no insert depends on this class, on clocks or on rights: if nobody
 * begins another period, the current one goes on. Nothing here waits for a lock behind which those
 * who record or read would wait.
 *
 * <p>Guarantee: a period goes when it ended before the limit, and then as a whole, so no event that
 * is younger than the limit goes. The floors of its topics rise in transactions before that: a
 * reader is told {@code reset} or reads all, whenever it asks. Several nodes may work at once.
 */
@Singleton
final class EventPartitions {
  private static final Logger LOG = LoggerFactory.getLogger(EventPartitions.class);

  /** Held by who changes partitions. */
  private static final long LOCK = 0x6372_6577_0005L;

  private static final int TOPICS = 200;

  /** How long to wait for those who read the journal at length, such as backups. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** An insert that began before the period ended may come so much later. */
  private static final Duration SPARE = Duration.ofMinutes(1);

  private final Database database;

  EventPartitions(Database database) {
    this.database = database;
  }

  /** Whether the database lets its user make and drop partitions. */
  boolean areOurs() {
    return database.transaction(
        () ->
            database
                .queryOne(
                    """
                    SELECT has_schema_privilege(t.relnamespace, 'CREATE')
                        AND pg_has_role(t.relowner, 'USAGE') AND pg_has_role(f.proowner, 'USAGE')
                        AS ours
                    FROM pg_class t, pg_proc f
                    WHERE t.oid = 'event'::regclass
                        AND f.oid = 'current_event_period()'::regprocedure
                    """,
                    row -> row.getBoolean("ours"))
                .orElse(false));
  }

  /**
   * Begins a period if the current one began at {@code limit} or before. The new partition is made
   * aside and attached, which stops neither inserts nor reads.
   */
  void begin(Instant limit) {
    database.transaction(
        () -> {
          if (!lock("pg_try_advisory_xact_lock")) {
            return;
          }
          database
              .queryOne(
                  """
                  SELECT period + 1 AS next FROM event_period
                  WHERE begun_at <= ? AND period = (SELECT max(period) FROM event_period)
                  """,
                  row -> row.getInt("next"),
                  limit)
              .ifPresent(this::make);
        });
  }

  private void make(int period) {
    database.update(
        """
        CREATE TABLE %s (
            LIKE event INCLUDING DEFAULTS INCLUDING INDEXES, PRIMARY KEY (topic_id, seq))
        """
            .formatted(table(period)));
    database.update(
        "ALTER TABLE event ATTACH PARTITION %s FOR VALUES IN (%d)"
            .formatted(table(period), period));
    database.update(
        """
        CREATE OR REPLACE FUNCTION current_event_period() RETURNS int
        LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT %d'
        """
            .formatted(period));
    database.update(
        "INSERT INTO event_period (period, begun_at) VALUES (?, clock_timestamp())", period);
  }

  /**
   * Drops the periods that ended before {@code limit}, as far as no other node is at it.
   *
   * @param progress is called at each step of the work
   */
  void dropEnded(Instant limit, Runnable progress) {
    for (int period : ended(limit)) {
      if (!raiseFloors(period, progress) || !drop(period)) {
        return;
      }
    }
  }

  private List<Integer> ended(Instant limit) {
    return database.transaction(
        () ->
            database.query(
                """
                SELECT period FROM event_period ended WHERE EXISTS (
                    SELECT FROM event_period next
                    WHERE next.period > ended.period AND next.begun_at <= ?)
                ORDER BY period
                """,
                row -> row.getInt("period"),
                limit.minus(SPARE)));
  }

  /** Returns false, and may have raised some only, when another node is at work. */
  private boolean raiseFloors(int period, Runnable progress) {
    long topic = 0;
    while (topic >= 0 && topic < Long.MAX_VALUE) {
      progress.run();
      long after = topic;
      topic =
          database.transaction(
              Database.MAINTENANCE,
              () -> {
                if (!lock("pg_try_advisory_xact_lock")) {
                  return -1L;
                }
                return isPresent(period) ? raiseFloorsAfter(period, after) : Long.MAX_VALUE;
              });
    }
    return topic >= 0;
  }

  /**
   * Raises the floors of the next topics to what the period has of them, in name order, as topics
   * are locked. Goes through the index from topic to topic, not from event to event. Returns the
   * last of them, the greatest number when there are none left.
   */
  private long raiseFloorsAfter(int period, long after) {
    database.limitToIndexes(Database.MAINTENANCE);
    List<Long[]> topics =
        database.query(
            """
            WITH RECURSIVE held (topic_id) AS (
                (SELECT topic_id FROM %1$s WHERE topic_id > ? ORDER BY topic_id LIMIT 1)
                UNION ALL
                SELECT (SELECT topic_id FROM %1$s
                        WHERE topic_id > held.topic_id ORDER BY topic_id LIMIT 1)
                FROM held WHERE held.topic_id IS NOT NULL)
            SELECT topic_id,
                (SELECT max(seq) FROM %1$s AS e WHERE e.topic_id = held.topic_id) AS last
            FROM held WHERE topic_id IS NOT NULL LIMIT ?
            """
                .formatted(table(period)),
            row -> new Long[] {row.getLong("topic_id"), row.getLong("last")},
            after,
            TOPICS);
    if (topics.isEmpty()) {
      return Long.MAX_VALUE;
    }
    database.update(
        """
        UPDATE topic SET floor = held.last
        FROM (
            SELECT name, last
            FROM unnest(?::bigint[], ?::bigint[]) AS held (topic_id, last)
            JOIN topic ON topic.id = topic_id AND floor < last
            ORDER BY name FOR UPDATE OF topic) AS held
        WHERE topic.name = held.name AND floor < held.last
        """,
        topics.stream().map(topic -> topic[0]).toArray(Long[]::new),
        topics.stream().map(topic -> topic[1]).toArray(Long[]::new));
    return topics.getLast()[0];
  }

  /**
   * Detaches and drops a partition. Detaching concurrently waits for those who use the journal,
   * without making others wait; what was not finished in time is finished by the next call.
   */
  private boolean drop(int period) {
    return database.withoutTransaction(
        PATIENCE,
        () -> {
          if (!lock("pg_try_advisory_lock")) {
            return false;
          }
          try {
            detach(period);
            database.update("DROP TABLE IF EXISTS " + table(period));
            database.update("DELETE FROM event_period WHERE period = ?", period);
            LOG.info("Dropped period {} of the journal", period);
            return true;
          } finally {
            database.query("SELECT pg_advisory_unlock(?)", row -> true, LOCK);
          }
        });
  }

  private void detach(int period) {
    database
        .queryOne(
            """
            SELECT inhdetachpending AS pending FROM pg_inherits
            WHERE inhparent = 'event'::regclass AND inhrelid = to_regclass(?)
            """,
            row -> row.getBoolean("pending"),
            table(period))
        .ifPresent(
            pending ->
                database.update(
                    "ALTER TABLE event DETACH PARTITION %s %s"
                        .formatted(table(period), pending ? "FINALIZE" : "CONCURRENTLY")));
  }

  private boolean isPresent(int period) {
    return database
        .queryOne(
            "SELECT to_regclass(?) IS NOT NULL AS present",
            row -> row.getBoolean("present"),
            table(period))
        .orElse(false);
  }

  private boolean lock(String function) {
    return database
        .queryOne("SELECT " + function + "(?) AS mine", row -> row.getBoolean("mine"), LOCK)
        .orElse(false);
  }

  private static String table(int period) {
    return "event_" + period;
  }
}
