package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A node whose database user owns its database, but may not ask which server it is on. */
final class LimitedRoleTest {
  private static final String CID = "messaging:general";
  private static final String TOPIC = "room:" + CID;
  private static final String ROLE = "limited_role_test";
  private static URI admin;
  private static Crewline node;

  @BeforeAll
  static void start() throws SQLException {
    admin = URI.create(TestPostgres.createDatabase());
    execute("CREATE ROLE " + ROLE + " LOGIN PASSWORD 'limited'");
    execute("ALTER DATABASE " + admin.getPath().substring(1) + " OWNER TO " + ROLE);
    execute(
        "REVOKE EXECUTE ON FUNCTION pg_control_system(), pg_walfile_name(pg_lsn),"
            + " pg_current_wal_insert_lsn() FROM PUBLIC");
    node =
        TestNode.start(
            Map.of(
                "DATABASE_URL",
                "postgres://%s:limited@%s:%d%s"
                    .formatted(ROLE, admin.getHost(), admin.getPort(), admin.getPath())));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static void execute(String sql) throws SQLException {
    String[] user = admin.getUserInfo().split(":");
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://%s:%d%s"
                    .formatted(admin.getHost(), admin.getPort(), admin.getPath()),
                user[0],
                user[1]);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void itServesAndStillNoticesATopicThatIsBehindWhatWasDelivered() throws SQLException {
    assertThat(new Rest(node).get("/health/readiness").status()).isEqualTo(200);
    Person dave = Person.member(node, "dave");
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      client.call("connect", "token", dave.token());
      client.call("channel.watch", "channel", CID);
      client.call("sendMessage", "channel", CID, "text", "first");
      client.call("sendMessage", "channel", CID, "text", "second");
      Map<String, Object> first =
          client.await("first", frame -> frame.toString().contains("text=first"));
      client.await("second", frame -> frame.toString().contains("text=second"));
      try (SocketClient again = SocketClient.connect(node.port(), null)) {
        String position = first.get("epoch") + ":" + first.get("seq");
        assertThat(
                again
                    .call("connect", "token", dave.token(), "resume", Map.of(TOPIC, position))
                    .toString())
            .contains(TOPIC + "=ok");
      }

      // As a standby would have it that lacks the last commit.
      execute(
          "BEGIN; DELETE FROM event e USING topic t WHERE t.id = e.topic_id AND e.seq = t.head AND"
              + " t.name = '%1$s'; DELETE FROM message WHERE text = 'second'; UPDATE topic SET head"
              + " = head - 1 WHERE name = '%1$s'; COMMIT".formatted(TOPIC));

      client.await(
          "reset", frame -> "reset".equals(frame.get("type")) && TOPIC.equals(frame.get("topic")));
      Map<String, Object> afresh = client.call("channel.watch", "channel", CID);
      assertThat(String.valueOf(afresh.get("position"))).doesNotStartWith(first.get("epoch") + ":");
    }
  }
}
