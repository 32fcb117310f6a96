package io.crewline.journal;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;

/**
 * Deletes expired events one by one, where dropping {@link EventPartitions} is not allowed or too
 * coarse. A topic's floor rises in the transaction that deletes its events, so a reader sees a
 * position either whole or as past retention, never part of a gap. Goes through the index from
 * topic to topic, and in each through what is old; one node at a time does the work.
 */
@Singleton
final class ExpiredEvents {
  private static final long LOCK = 0x6372_6577_0001L;
  private static final int TOPICS = 200;
  private static final int CHUNK = 10_000;

  private final Database database;

  ExpiredEvents(Database database) {
    this.database = database;
  }

  /**
   * Deletes the events recorded before {@code limit}. Returns how many.
   *
   * @param progress is called at each step of the work
   */
  long delete(Instant limit, Runnable progress) {
    long deleted = 0;
    List<Held> held = heldAfter(0, limit);
    while (!held.isEmpty()) {
      for (Held topic : held) {
        long floor = topic.first() - 1;
        while (floor < topic.last()) {
          floor = Math.min(topic.last(), floor + CHUNK);
          deleted += delete(topic.topicId(), floor);
          progress.run();
        }
      }
      progress.run();
      held = heldAfter(held.getLast().topicId(), limit);
    }
    return deleted;
  }

  /**
   * What the journal holds of a topic.
   *
   * @param first its first event
   * @param last the one before its first event that is not old
   */
  private record Held(long topicId, long first, long last) {}

  private List<Held> heldAfter(long topicId, Instant limit) {
    return database.transaction(
        Database.MAINTENANCE,
        () -> {
          database.limitToIndexes(Database.MAINTENANCE);
          return database.query(
              """
              WITH RECURSIVE held (topic_id) AS (
                  (SELECT topic_id FROM event WHERE topic_id > ? ORDER BY topic_id LIMIT 1)
                  UNION ALL
                  SELECT (SELECT topic_id FROM event
                          WHERE topic_id > held.topic_id ORDER BY topic_id LIMIT 1)
                  FROM held WHERE held.topic_id IS NOT NULL)
              SELECT topic_id,
                  (SELECT min(seq) FROM event AS e WHERE e.topic_id = held.topic_id) AS first,
                  coalesce(
                      (SELECT seq - 1 FROM event AS e
                       WHERE e.topic_id = held.topic_id AND at >= ? ORDER BY seq LIMIT 1),
                      (SELECT max(seq) FROM event AS e WHERE e.topic_id = held.topic_id)) AS last
              FROM held WHERE topic_id IS NOT NULL LIMIT ?
              """,
              row -> new Held(row.getLong("topic_id"), row.getLong("first"), row.getLong("last")),
              topicId,
              limit,
              TOPICS);
        });
  }

  private int delete(long topicId, long upTo) {
    return database.transaction(
        Database.MAINTENANCE,
        () -> {
          boolean mine =
              database
                  .queryOne(
                      "SELECT pg_try_advisory_xact_lock(?) AS mine",
                      row -> row.getBoolean("mine"),
                      LOCK)
                  .orElse(false);
          if (!mine) {
            return 0;
          }
          database.update(
              "UPDATE topic SET floor = greatest(floor, ?) WHERE id = ?", upTo, topicId);
          return database.update(
              "DELETE FROM event WHERE topic_id = ? AND seq <= ?", topicId, upTo);
        });
  }
}
