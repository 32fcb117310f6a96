package io.crewline.testing;

import io.crewline.platform.Database;

/** What statements cost, counted by PostgreSQL: the same on every machine. */
public final class RowsRead {
  private RowsRead() {}

  /**
   * How many rows of a table and entries of its indexes the current transaction has read so far.
   */
  public static long of(Database database, String table) {
    return database
        .queryOne(
            """
            SELECT pg_stat_get_xact_tuples_returned(t.oid)
                 + coalesce((SELECT sum(pg_stat_get_xact_tuples_returned(i.indexrelid))
                             FROM pg_index i WHERE i.indrelid = t.oid), 0) AS n
            FROM pg_class t WHERE t.oid = ?::regclass
            """,
            row -> row.getLong("n"),
            table)
        .orElseThrow();
  }
}
