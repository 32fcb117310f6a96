package io.crewline.journal;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.micronaut.context.annotation.Context;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that the database is another than before: a standby was promoted, or a backup restored on
 * another server. It may lack commits that were delivered, and would give their numbers again, so
 * every topic begins a new life, with a new epoch, before anything is recorded there.
 *
 * <p>Guarantee: no event commits on a promoted server under an epoch of the server before it. Each
 * recording compares the server's timeline with the one that was noted, in the statement that takes
 * the numbers, and is refused when they differ. A restart of the same server, also after a crash,
 * keeps its timeline and its epochs.
 *
 * <p>A role that may not ask for the timeline ({@code pg_walfile_name}, {@code
 * pg_current_wal_insert_lsn}) or the system ({@code pg_control_system}) does without what it may
 * not ask; only topics that are behind what was delivered are noticed then. Thread-safe.
 */
@Context
final class DatabaseLife {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseLife.class);

  /** The end of every epoch, as SQL. */
  static final String SUFFIX = "(SELECT suffix FROM database_life)";

  /**
   * Not that of {@code pg_control_checkpoint}, which is of the last checkpoint and so for a while
   * after a promotion still the one before.
   */
  private static final String TIMELINE =
      "substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)";

  private static final String SYSTEM = "(SELECT system_identifier::text FROM pg_control_system())";
  private static final String UNKNOWN = "NULL::text";

  private final Database database;
  private final String timeline;
  private final String system;
  private final AtomicBoolean checking = new AtomicBoolean();

  DatabaseLife(Database database) {
    this.database = database;
    this.timeline = ifAllowed(TIMELINE);
    this.system = ifAllowed(SYSTEM);
    check();
  }

  private String ifAllowed(String expression) {
    try {
      database.transaction(() -> database.query("SELECT " + expression, row -> true));
      return expression;
    } catch (ApiException e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.warn(
          "The database does not let its user ask for {}; grant it, so that a failover that loses"
              + " commits is always noticed",
          expression,
          e);
      return UNKNOWN;
    }
  }

  /** SQL that is true where the server is another than the one that was noted. */
  String isAnother() {
    return "coalesce((SELECT timeline FROM database_life) <> " + timeline + ", false)";
  }

  /** Refuses to record anything on another server, and has it noted. */
  ApiException refusal() {
    if (checking.compareAndSet(false, true)) {
      // Not inside the transaction that is refused here, nor counted as a part of it.
      Thread.ofVirtual()
          .name("database-life")
          .inheritInheritableThreadLocals(false)
          .start(this::checkSafely);
    }
    return ApiException.unavailable("the database has been replaced by another");
  }

  private void checkSafely() {
    try {
      check();
    } catch (ApiException e) {
      LOG.debug("The server was not noted: {}", e.detail());
    } catch (RuntimeException e) {
      LOG.error("The server was not noted", e);
    } finally {
      checking.set(false);
    }
  }

  /** Begins a new life of all topics if the server is another than the one that was noted. */
  void check() {
    database.transaction(
        () -> {
          boolean noted =
              database
                  .queryOne(
                      """
                      SELECT (%1$s IS NULL OR timeline IS NOT DISTINCT FROM %1$s)
                          AND (%2$s IS NULL OR system IS NOT DISTINCT FROM %2$s) AS noted
                      FROM database_life
                      """
                          .formatted(timeline, system),
                      row -> row.getBoolean("noted"))
                  .orElse(true);
          if (!noted) {
            note();
          }
        });
  }

  /** One statement: of nodes that come at the same time one renews, the others find it done. */
  private void note() {
    String before = suffix();
    database.update(
        """
        UPDATE database_life AS life SET
            suffix = CASE WHEN life.timeline <> server.timeline OR life.system <> server.system
                THEN '-' || substr(md5(gen_random_uuid()::text), 1, 8) ELSE life.suffix END,
            timeline = coalesce(server.timeline, life.timeline),
            system = coalesce(server.system, life.system)
        FROM (SELECT %s AS timeline, %s AS system) AS server
        WHERE server.timeline IS DISTINCT FROM life.timeline
            OR server.system IS DISTINCT FROM life.system
        """
            .formatted(timeline, system));
    String after = suffix();
    if (after != null && !after.equals(before)) {
      database.afterCommit(
          () ->
              LOG.warn(
                  "The database is another than before: every topic has a new epoch, and all"
                      + " clients are told to read afresh"));
    }
  }

  private @Nullable String suffix() {
    return database
        .queryOne("SELECT suffix FROM database_life", row -> row.getString("suffix"))
        .orElse(null);
  }
}
