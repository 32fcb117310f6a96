package io.crewline;

import io.crewline.platform.Settings.DatabaseAddress;
import io.crewline.platform.Settings.SettingsException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/** Whether the database of the settings can be used, asked before anything is built on it. */
final class DatabaseCheck {
  private static final int OLDEST = 15;

  private DatabaseCheck() {}

  static void run(DatabaseAddress database) {
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
    } catch (SQLException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given");
      throw new SettingsException(
          "DATABASE_URL cannot be reached (" + reason + "): check the address, name and password");
    }
  }
}
