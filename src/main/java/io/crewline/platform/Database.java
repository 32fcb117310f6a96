package io.crewline.platform;

import io.micronaut.core.propagation.PropagatedContext;
import io.micronaut.data.connection.ConnectionOperations;
import io.micronaut.transaction.SynchronousTransactionManager;
import io.micronaut.transaction.TransactionDefinition;
import io.micronaut.transaction.support.DefaultTransactionDefinition;
import io.micronaut.transaction.support.TransactionSynchronization;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transactions and SQL. Every statement of Crewline is written out and goes through here, inside a
 * transaction of this class.
 *
 * <p>Parameters may be {@code String}, {@code Integer}, {@code Long}, {@code Boolean}, {@code
 * Instant}, {@code byte[]}, {@code String[]} (text[]), {@code Long[]} (bigint[]), {@code Instant[]}
 * (timestamptz[]) or null.
 *
 * <p>A database that cannot be reached, or that goes away in the middle, surfaces as {@link
 * ErrorCode#UNAVAILABLE}. After that answer to a write the outcome is unknown; callers that repeat
 * must be idempotent. Deadlocks and serialization failures are repeated here, at most three times:
 * the transaction rolled back as a whole, so the work must have no effect outside the database
 * before {@link #afterCommit}.
 *
 * <p>A thread holds at most one connection, and nobody waits for a second one while holding one:
 * inside a transaction, {@link #requireNoTransaction} and a transaction in a thread that was
 * started there throw.
 */
@Singleton
public final class Database {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);

  /** The limit of a statement that works through much, such as a clean-up. */
  public static final Duration MAINTENANCE = Duration.ofMinutes(10);

  private static final int ATTEMPTS = 3;
  private static final TransactionDefinition WRITE = TransactionDefinition.DEFAULT;
  private static final TransactionDefinition PREPARATION = new DefaultTransactionDefinition();
  private static final TransactionDefinition SNAPSHOT = repeatableRead();

  private final SynchronousTransactionManager<Connection> transactions;
  private final ConnectionOperations<Connection> connections;

  Database(
      SynchronousTransactionManager<Connection> transactions,
      ConnectionOperations<Connection> connections) {
    this.transactions = transactions;
    this.connections = connections;
  }

  /** Reads one row. The result set is positioned on it and must not be moved. */
  @FunctionalInterface
  public interface RowMapper<T> {
    T map(ResultSet row) throws SQLException;
  }

  /** Runs the work in one read-committed transaction; joins the current one if there is one. */
  public <T> T transaction(Supplier<T> work) {
    return run(WRITE, work);
  }

  /** As {@link #transaction(Supplier)}, for work without a result. */
  public void transaction(Runnable work) {
    run(
        WRITE,
        () -> {
          work.run();
          return true;
        });
  }

  /**
   * As {@link #transaction(Supplier)}, for what a call prepares before it takes effect: no {@link
   * TransactionParticipant} commits with it.
   */
  public <T> T preparation(Supplier<T> work) {
    return run(PREPARATION, work);
  }

  /** Runs reads that must agree with each other: one repeatable-read, read-only transaction. */
  public <T> T snapshot(Supplier<T> work) {
    return run(SNAPSHOT, work);
  }

  /**
   * As {@link #transaction(Supplier)}, with another limit for each of its statements than {@code
   * CREWLINE_DATABASE_TIMEOUT}: a longer one for maintenance, a shorter one for a question that
   * nobody waits for. Locks are not waited for any longer.
   *
   * @throws IllegalStateException inside a transaction, whose limits are settled
   */
  public <T> T transaction(Duration limit, Supplier<T> work) {
    if (inTransaction()) {
      throw new IllegalStateException("a transaction runs already, with limits of its own");
    }
    return run(WRITE, () -> within(limit, work));
  }

  /**
   * Runs statements on one connection that each commit by themselves, for the few that PostgreSQL
   * does not run in a transaction. What they fail with surfaces as of a transaction; nothing is
   * repeated.
   *
   * @param limit the longest time for each of them
   * @throws IllegalStateException inside a transaction
   */
  public <T> T withoutTransaction(Duration limit, Supplier<T> work) {
    requireNoTransaction("a connection of its own");
    TransactionScope scope = TransactionScope.open();
    try {
      return connections.executeWrite(
          status -> {
            String before = limitSession(limit.toMillis() + "ms");
            try {
              return work.get();
            } finally {
              limitSession(before);
            }
          });
    } catch (ApiException e) {
      throw e;
    } catch (RuntimeException e) {
      throw unavailable(e);
    } finally {
      scope.close();
    }
  }

  /** Limits the statements on a connection that goes on without a transaction. */
  private String limitSession(String limit) {
    return queryOne(
            "SELECT current_setting('statement_timeout') AS before,"
                + " set_config('statement_timeout', ?, false)",
            row -> row.getString("before"),
            limit)
        .orElseThrow();
  }

  /**
   * Prepares the current transaction for look-ups whose cost must not depend on what the planner
   * makes of the statistics: they use indexes, are not compiled, and each ends after a time.
   */
  public void limitToIndexes(Duration timeout) {
    query(
        """
        SELECT set_config('statement_timeout', ?, true), set_config('enable_seqscan', 'off', true),
               set_config('enable_memoize', 'off', true), set_config('jit', 'off', true)
        """,
        row -> true,
        timeout.toMillis() + "ms");
  }

  /** From here on the current transaction waits no longer than this for a lock. */
  public void limitLockWait(Duration limit) {
    query(
        "SELECT set_config('lock_timeout', ?, true)", row -> true, Long.toString(limit.toMillis()));
  }

  /** Whether the caller is inside a transaction of this class. */
  public boolean inTransaction() {
    return TransactionScope.current() != null;
  }

  /**
   * Guards everything that waits for other threads which need a connection to go on. Whoever holds
   * one and waits for a second stops the node as soon as enough others do the same.
   *
   * @param waiting what the caller would wait for
   * @throws IllegalStateException inside a transaction, also that of the thread which started this
   *     one
   */
  public static void requireNoTransaction(String waiting) {
    if (TransactionScope.holdsConnection()) {
      throw new IllegalStateException(
          waiting + " inside a transaction would wait for a second connection");
    }
  }

  /**
   * Runs an action after the current transaction has committed and given its connection back, on
   * the committing thread; not at all if it rolls back. What an action throws is logged: it changes
   * nothing about the commit.
   *
   * @throws IllegalStateException outside a transaction: an effect that nothing would ever trigger
   */
  public void afterCommit(Runnable action) {
    TransactionScope scope = TransactionScope.current();
    if (scope == null) {
      throw new IllegalStateException("needs an active transaction");
    }
    scope.afterCommit(action);
  }

  /**
   * Runs an action when the work of the current transaction is done, before the actions of {@link
   * #beforeCommit}; its failure rolls back.
   */
  public void afterWork(Runnable action) {
    synchronize(
        new TransactionSynchronization() {
          @Override
          public int getOrder() {
            return -1;
          }

          @Override
          public void beforeCommit(boolean readOnly) {
            action.run();
          }
        });
  }

  /** Runs an action as the last work of the current transaction; its failure rolls back. */
  public void beforeCommit(Runnable action) {
    synchronize(
        new TransactionSynchronization() {
          @Override
          public void beforeCommit(boolean readOnly) {
            action.run();
          }
        });
  }

  /** As {@link #beforeCommit}, after all actions of that; may start no further ones. */
  public void lastBeforeCommit(Runnable action) {
    synchronize(
        new TransactionSynchronization() {
          @Override
          public int getOrder() {
            return 1;
          }

          @Override
          public void beforeCommit(boolean readOnly) {
            action.run();
          }
        });
  }

  /** Runs an action when the current transaction has ended, committed or not. */
  public void afterCompletion(Runnable action) {
    synchronize(
        new TransactionSynchronization() {
          @Override
          public void afterCompletion(Status status) {
            action.run();
          }
        });
  }

  private void synchronize(TransactionSynchronization synchronization) {
    transactions
        .findTransactionStatus()
        .orElseThrow(() -> new IllegalStateException("needs an active transaction"))
        .registerSynchronization(synchronization);
  }

  public <T> List<T> query(String sql, RowMapper<T> mapper, @Nullable Object... parameters) {
    return execute(
        sql,
        parameters,
        statement -> {
          List<T> rows = new ArrayList<>();
          try (ResultSet result = statement.executeQuery()) {
            while (result.next()) {
              rows.add(mapper.map(result));
            }
          }
          return rows;
        });
  }

  /** The first row, if there is one. */
  public <T> Optional<T> queryOne(String sql, RowMapper<T> mapper, @Nullable Object... parameters) {
    List<T> rows = query(sql, mapper, parameters);
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.getFirst());
  }

  /** The number of rows changed. */
  public int update(String sql, @Nullable Object... parameters) {
    return execute(sql, parameters, PreparedStatement::executeUpdate);
  }

  /** A column of type timestamptz, which must not be null. */
  public static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  /** A column of type timestamptz that may be null. */
  public static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
    OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
    return value == null ? null : value.toInstant();
  }

  /** A column of type bigint that may be null. */
  public static @Nullable Long longOrNull(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }

  private static TransactionDefinition repeatableRead() {
    DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
    definition.setIsolationLevel(TransactionDefinition.Isolation.REPEATABLE_READ);
    definition.setReadOnly(true);
    return definition;
  }

  private <T> T run(TransactionDefinition definition, Supplier<T> work) {
    if (inTransaction()) {
      // Before the commit the manager takes the transaction for over: it would begin another on the
      // same connection, and its commit would be that of all that was done so far.
      return transactions.findTransactionStatus().isPresent()
          ? transactions.execute(definition, status -> work.get())
          : work.get();
    }
    requireNoTransaction("a transaction of its own");
    for (int attempt = 1; ; attempt++) {
      try {
        return attempt(definition, work);
      } catch (ApiException e) {
        throw e;
      } catch (RuntimeException e) {
        SQLException cause = sqlCause(e);
        if (cause == null) {
          throw e;
        }
        if (isLockTimeout(e)) {
          throw ApiException.unavailable("what this needs is locked by somebody else", e);
        }
        if (isUnavailable(cause)) {
          throw unavailable(e);
        }
        if (!isRepeatable(cause) || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** The answer to a database that cannot be reached; other failures as they are. */
  private static RuntimeException unavailable(RuntimeException e) {
    SQLException cause = sqlCause(e);
    if (cause == null || !isUnavailable(cause)) {
      return e;
    }
    LOG.warn("The database is not available: {}", cause.getMessage());
    return ApiException.unavailable("the database is not available");
  }

  private <T> T attempt(TransactionDefinition definition, Supplier<T> work) {
    TransactionScope scope = TransactionScope.open();
    T result;
    try {
      result =
          transactions.execute(
              definition, status -> definition == WRITE ? inCall(work) : work.get());
    } finally {
      scope.close();
    }
    scope.committed();
    return result;
  }

  private static <T> T inCall(Supplier<T> work) {
    T result = work.get();
    PropagatedContext.getOrEmpty()
        .find(TransactionParticipant.class)
        .ifPresent(TransactionParticipant::beforeCommit);
    return result;
  }

  private <T> T within(Duration limit, Supplier<T> work) {
    Connection connection = connection();
    try {
      // The pool puts it back when the connection is returned.
      connection.setNetworkTimeout(
          Runnable::run, Math.toIntExact(DatabaseTimeouts.socket(limit).toMillis()));
    } catch (SQLException e) {
      throw new UncheckedSqlException(e);
    }
    query(
        "SELECT set_config('statement_timeout', ?, true)",
        row -> true,
        Long.toString(limit.toMillis()));
    return work.get();
  }

  private Connection connection() {
    return connections
        .findConnectionStatus()
        .orElseThrow(() -> new IllegalStateException("SQL needs a transaction"))
        .getConnection();
  }

  private <T> T execute(String sql, @Nullable Object[] parameters, StatementWork<T> work) {
    Connection connection = connection();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        bind(connection, statement, i + 1, parameters[i]);
      }
      return work.run(statement);
    } catch (SQLException e) {
      throw new UncheckedSqlException(e);
    }
  }

  @FunctionalInterface
  private interface StatementWork<T> {
    T run(PreparedStatement statement) throws SQLException;
  }

  private static void bind(
      Connection connection, PreparedStatement statement, int index, @Nullable Object value)
      throws SQLException {
    switch (value) {
      case null -> statement.setNull(index, Types.NULL);
      case Instant instant -> statement.setObject(index, instant.atOffset(ZoneOffset.UTC));
      case String[] texts -> statement.setArray(index, connection.createArrayOf("text", texts));
      case Long[] longs -> statement.setArray(index, connection.createArrayOf("bigint", longs));
      case Instant[] instants -> {
        Timestamp[] timestamps = new Timestamp[instants.length];
        for (int i = 0; i < instants.length; i++) {
          timestamps[i] = Timestamp.from(instants[i]);
        }
        statement.setArray(index, connection.createArrayOf("timestamptz", timestamps));
      }
      default -> statement.setObject(index, value);
    }
  }

  private static @Nullable SQLException sqlCause(Throwable e) {
    Throwable cause = e;
    while (cause != null && !(cause instanceof SQLException)) {
      cause = cause.getCause();
    }
    return (SQLException) cause;
  }

  /**
   * Class 08 is a lost connection or one on which nothing came in time, 57P a shutdown, 57014 a
   * statement that took too long, 53 a lack of resources, 25P03 a transaction that this node left
   * idle for so long that the server ended it (PostgreSQL, appendix A). Without a state it is not
   * the server that speaks but the pool, about a connection that is gone.
   */
  private static boolean isUnavailable(SQLException e) {
    String state = e.getSQLState();
    return e instanceof SQLTransientConnectionException
        || state == null
        || state.startsWith("08")
        || state.startsWith("57P")
        || state.equals("57014")
        || state.startsWith("53")
        || state.equals("25P03");
  }

  private static boolean isRepeatable(SQLException e) {
    String state = e.getSQLState();
    return "40001".equals(state) || "40P01".equals(state);
  }

  /** A failed statement, to be read by {@link #run}. */
  private static final class UncheckedSqlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UncheckedSqlException(SQLException cause) {
      super(cause);
    }
  }

  /**
   * Whether a lock was not given in time (SQLSTATE 55P03). The transaction has had no effect; to
   * the outside it is {@link ErrorCode#UNAVAILABLE}.
   */
  public static boolean isLockTimeout(RuntimeException e) {
    SQLException cause = sqlCause(e);
    return cause != null && "55P03".equals(cause.getSQLState());
  }

  /** Whether a unique or primary key refused the row (SQLSTATE 23505). */
  public static boolean isUniqueViolation(RuntimeException e) {
    SQLException cause = sqlCause(e);
    return cause != null && "23505".equals(cause.getSQLState());
  }
}
