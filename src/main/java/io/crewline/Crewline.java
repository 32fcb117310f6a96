package io.crewline;

import io.crewline.platform.DatabaseClock;
import io.crewline.platform.DatabaseTimeouts;
import io.crewline.platform.EmbeddedDatabase;
import io.crewline.platform.Settings;
import io.crewline.platform.Settings.DatabaseAddress;
import io.crewline.platform.Settings.SettingsException;
import io.crewline.platform.UploadSettings;
import io.crewline.realtime.Drain;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.graceful.GracefulShutdownCapable;
import io.micronaut.runtime.server.EmbeddedServer;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * One running node. {@link #main} starts it from the environment; tests start as many as they like
 * in one JVM with settings of their own.
 */
public final class Crewline implements AutoCloseable {
  private static final long LAST_REQUESTS_MS = 500;
  private static final long BODY_BYTES = 1024 * 1024;

  private final Settings settings;
  private final @Nullable EmbeddedDatabase embedded;
  private final ApplicationContext context;
  private final EmbeddedServer server;
  private boolean closed;

  private Crewline(
      Settings settings,
      @Nullable EmbeddedDatabase embedded,
      ApplicationContext context,
      EmbeddedServer server) {
    this.settings = settings;
    this.embedded = embedded;
    this.context = context;
    this.server = server;
  }

  public static void main(String[] args) {
    try {
      Crewline node = start(System.getenv());
      new Shutdown(node).install();
      System.out.println(Banner.of(node.settings, node.port()));
    } catch (SettingsException e) {
      System.err.println("Crewline does not start. " + e.getMessage());
      System.exit(1);
    } catch (RuntimeException e) {
      // Not left to the JVM: threads that were started would keep it alive, a node that never
      // serves.
      e.printStackTrace();
      System.exit(1);
    }
  }

  /**
   * Starts a node and returns when it answers requests.
   *
   * @param environment settings by their environment names, see {@link Settings}
   * @throws SettingsException a wrong or contradictory setting, or a database that cannot be
   *     reached
   */
  public static Crewline start(Map<String, String> environment) {
    return start(environment, Clock.systemUTC());
  }

  /** As {@link #start(Map)}, on a machine whose clock shows what {@code clock} says. */
  public static Crewline start(Map<String, String> environment, Clock clock) {
    Settings settings = Settings.from(environment);
    System.setProperty("crewline.log", settings.jsonLog() ? "json" : "text");
    PortCheck.run(settings);
    if (!settings.authRequired()) {
      // Not a constant: logging must not begin before the setting of its form is known.
      LoggerFactory.getLogger(Crewline.class)
          .warn(
              "CREWLINE_AUTH=none: whoever reaches {} may be any user, without a password",
              settings.host());
    }
    EmbeddedDatabase embedded = null;
    ApplicationContext context = null;
    try {
      DatabaseAddress database = settings.database();
      if (database == null) {
        embedded = EmbeddedDatabase.start(settings.dataDirectory());
        database = embedded.address();
      }
      if (settings.secretKeys().isEmpty()) {
        settings =
            settings.withSecretKeys(
                List.of(EmbeddedDatabase.secret(settings.dataDirectory(), "secret.key")));
      }
      DatabaseClock time = new DatabaseClock(clock);
      DatabaseCheck.run(database, time);
      context =
          ApplicationContext.builder(Crewline.class)
              .banner(false)
              .deduceEnvironment(false)
              .properties(properties(settings, database))
              .singletons(settings, time)
              .start();
      EmbeddedServer server = context.getBean(EmbeddedServer.class);
      server.start();
      return new Crewline(settings, embedded, context, server);
    } catch (RuntimeException e) {
      if (context != null) {
        context.close();
      }
      if (embedded != null) {
        embedded.close();
      }
      throw StartFailure.explain(e, settings);
    }
  }

  /** The HTTP port that it listens on. */
  public int port() {
    return server.getPort();
  }

  public Settings settings() {
    return settings;
  }

  /** The beans of this node, for tests that look inside. */
  public ApplicationContext context() {
    return context;
  }

  /** Drains the node and stops it, then its embedded database. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    context.getBean(Drain.class).run();
    endRequests();
    server.stop();
    context.close();
    closeDatabase();
  }

  /** Stops listening, and answers what came in since the drain saw nothing open. */
  private void endRequests() {
    if (server instanceof GracefulShutdownCapable graceful) {
      graceful
          .shutdownGracefully()
          .toCompletableFuture()
          .exceptionally(failure -> null)
          .completeOnTimeout(null, LAST_REQUESTS_MS, TimeUnit.MILLISECONDS)
          .join();
    }
  }

  /** Stops the embedded database, if there is one, under whatever still uses it. */
  void closeDatabase() {
    if (embedded != null) {
      embedded.close();
    }
  }

  private static Map<String, Object> properties(Settings settings, DatabaseAddress database) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("micronaut.server.port", settings.port() == 0 ? -1 : settings.port());
    DatabaseTimeouts timeouts = settings.databaseTimeouts();
    properties.put("datasources.default.url", timeouts.url(database.jdbcUrl()));
    properties.put("datasources.default.connection-init-sql", timeouts.sessionSql());
    properties.put("crewline.migration-url", DatabaseTimeouts.migrationUrl(database.jdbcUrl()));
    if (settings.host() != null) {
      properties.put("micronaut.server.host", settings.host());
    }
    if (database.username() != null) {
      properties.put("datasources.default.username", database.username());
    }
    if (database.password() != null) {
      properties.put("datasources.default.password", database.password());
    }
    properties.put("crewline.broadcaster", settings.redis() == null ? "memory" : "redis");
    properties.put("datasources.default.maximum-pool-size", settings.databasePoolSize());
    // Of an upload; what is read into memory is limited by max-request-buffer-size.
    properties.put(
        "micronaut.server.max-request-size",
        Long.toString(
            Math.max(BODY_BYTES, settings.uploads().maxBytes() + UploadSettings.FORM_BYTES)));
    return properties;
  }
}
