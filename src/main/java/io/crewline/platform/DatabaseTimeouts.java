package io.crewline.platform;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * How long a node waits for PostgreSQL, all derived from {@code CREWLINE_DATABASE_TIMEOUT}, the
 * longest time for one statement. The order of the limits is what matters: a transaction that
 * stands idle is ended (half of the time) before those who wait for its locks give up (three
 * quarters), the server ends a statement before the node stops waiting for the answer, and only a
 * server or a network that says nothing at all is given up by the node itself.
 *
 * @param statement the longest time for one statement
 */
public record DatabaseTimeouts(Duration statement) {
  private static final int CONNECT_SECONDS = 3;
  private static final Duration SPARE = Duration.ofSeconds(1);

  /** The SQL that a new connection of the pool begins with. */
  public String sessionSql() {
    return """
    SET statement_timeout = %d; SET lock_timeout = %d; \
    SET idle_in_transaction_session_timeout = %d\
    """
        .formatted(statement.toMillis(), lock().toMillis(), statement.dividedBy(2).toMillis());
  }

  /** The longest wait for a lock. */
  public Duration lock() {
    return statement.multipliedBy(3).dividedBy(4);
  }

  /** The address of the pool's connections; what it says of timeouts itself is kept. */
  public String url(String jdbcUrl) {
    return with(
        jdbcUrl,
        Map.of(
            "connectTimeout",
            CONNECT_SECONDS,
            "loginTimeout",
            CONNECT_SECONDS,
            "socketTimeout",
            socket(statement).plusMillis(999).toSeconds(),
            "tcpKeepAlive",
            true));
  }

  /**
   * The address for migrations, whose statements may take any time. A dead network is found by TCP.
   */
  public static String migrationUrl(String jdbcUrl) {
    return with(jdbcUrl, Map.of("connectTimeout", CONNECT_SECONDS, "tcpKeepAlive", true));
  }

  /** How long to wait for the answer to a statement that may take a given time. */
  static Duration socket(Duration statement) {
    return statement.plus(statement.dividedBy(4)).plus(SPARE);
  }

  private static String with(String jdbcUrl, Map<String, Object> defaults) {
    StringBuilder url = new StringBuilder(jdbcUrl);
    char separator = jdbcUrl.indexOf('?') < 0 ? '?' : '&';
    for (Map.Entry<String, Object> each : new TreeMap<>(defaults).entrySet()) {
      if (!jdbcUrl.matches(".*[?&]" + each.getKey() + "=.*")) {
        url.append(separator).append(each.getKey()).append('=').append(each.getValue());
        separator = '&';
      }
    }
    return url.toString();
  }
}
