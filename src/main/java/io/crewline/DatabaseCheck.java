package io.crewline;

import io.crewline.platform.DatabaseClock;
import io.crewline.platform.Settings.DatabaseAddress;
import io.crewline.platform.Settings.SettingsException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Properties;

/**
 * Whether the database of the settings can be used, and what time it is there, asked before
 * anything is built on it.
 */
final class DatabaseCheck {
  private static final int OLDEST = 15;

  /** The first question is slower than the others, and the quickest answer is the most exact. */
  private static final int QUESTIONS = 3;

  private DatabaseCheck() {}

  static void run(DatabaseAddress database, DatabaseClock clock) {
    Properties login = new Properties();
    if (database.username() != null) {
      login.setProperty("user", database.username());
    }
    if (database.password() != null) {
      login.setProperty("password", database.password());
    }
    login.setProperty("loginTimeout", "10");
    try (Connection connection = DriverManager.getConnection(database.jdbcUrl(), login)) {
      int version = connection.getMetaData().getDatabaseMajorVersion();
      if (version < OLDEST) {
        throw new SettingsException(
            "DATABASE_URL is a PostgreSQL " + version + ": use " + OLDEST + " or newer");
      }
      for (int i = 0; i < QUESTIONS; i++) {
        clock.measure(() -> time(connection));
      }
    } catch (SQLException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given");
      throw new SettingsException(
          "DATABASE_URL cannot be reached (" + reason + "): check the address, name and password");
    }
  }

  private static Instant time(Connection connection) {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT clock_timestamp()")) {
      row.next();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    } catch (SQLException e) {
      throw new SettingsException("DATABASE_URL does not tell the time: " + e.getMessage());
    }
  }
}
