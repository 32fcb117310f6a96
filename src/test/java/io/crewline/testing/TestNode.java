package io.crewline.testing;

import io.crewline.Crewline;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/** Starts nodes for tests: any free port, a database of the test's own, demo data off. */
public final class TestNode {
  /** A signing key that every test node shares, so that tokens of one are valid on another. */
  public static final String SECRET = "test-secret-test-secret-test-secret-test";

  /** The first administrator's password on every test node; the name is {@code admin}. */
  public static final String ADMIN_PASSWORD = "admin-password";

  private TestNode() {}

  /** A node on a new database. */
  public static Crewline start() {
    return start(Map.of());
  }

  /** A node on a new database unless {@code DATABASE_URL} is among the settings. */
  public static Crewline start(Map<String, String> settings) {
    return start(settings, Clock.systemUTC());
  }

  /** The same, on a machine with a clock of its own. */
  public static Crewline start(Map<String, String> settings, Clock clock) {
    Map<String, String> environment = new HashMap<>();
    environment.put("PORT", "0");
    environment.put("CREWLINE_SECRET_KEY", SECRET);
    environment.put("CREWLINE_ADMIN_PASSWORD", ADMIN_PASSWORD);
    environment.put("CREWLINE_AUTH_NONE_I_KNOW", "true");
    environment.put("CREWLINE_DRAIN_DELAY", "0s");
    environment.put("CREWLINE_STORAGE", "target/attachments");
    environment.putAll(settings);
    environment.computeIfAbsent("DATABASE_URL", name -> TestPostgres.createDatabase());
    return Crewline.start(environment, clock);
  }
}
