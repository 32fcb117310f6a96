package io.crewline.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * One real PostgreSQL for the test JVM: a container where Docker runs, else the embedded server.
 * Every caller gets a database of its own, so tests share nothing.
 */
public final class TestPostgres {
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final Server SERVER = start();

  private TestPostgres() {}

  private record Server(String host, int port, String username, String password) {}

  /** Creates an empty database. Returns its address as {@code DATABASE_URL} wants it. */
  public static String createDatabase() {
    String name = "test_" + COUNT.incrementAndGet();
    String admin = "jdbc:postgresql://" + SERVER.host() + ":" + SERVER.port() + "/postgres";
    try (Connection connection =
            DriverManager.getConnection(admin, SERVER.username(), SERVER.password());
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return "postgres://%s:%s@%s:%d/%s"
        .formatted(SERVER.username(), SERVER.password(), SERVER.host(), SERVER.port(), name);
  }

  private static Server start() {
    if (DockerClientFactory.instance().isDockerAvailable()) {
      PostgreSQLContainer container =
          new PostgreSQLContainer("postgres:18")
              .withCommand("postgres", "-c", "max_connections=300");
      container.start();
      return new Server(
          container.getHost(),
          container.getMappedPort(5432),
          container.getUsername(),
          container.getPassword());
    }
    try {
      EmbeddedPostgres postgres =
          EmbeddedPostgres.builder()
              .setServerConfig("max_connections", "300")
              .setPGStartupWait(java.time.Duration.ofSeconds(60))
              .start();
      return new Server("127.0.0.1", postgres.getPort(), "postgres", "postgres");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
