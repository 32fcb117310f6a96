package io.crewline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.testing.NodeProcess;
import io.crewline.testing.Rest;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestPostgres;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class LogIT {
  private static final String SECRET = "log-secret-log-secret-log-secret-log";

  @Test
  @Timeout(120)
  void jsonLogTellsWhoCameAndWentAndWhyButNeverATokenOrASecret() {
    try (NodeProcess node =
        NodeProcess.start(
            Map.of(
                "CREWLINE_LOG",
                "json",
                "CREWLINE_DEMO",
                "true",
                "CREWLINE_SECRET_KEY",
                SECRET,
                "DATABASE_URL",
                TestPostgres.createDatabase()))) {
      int port = node.awaitPort();
      String token =
          new Rest(port)
              .post("/api/token", "{\"username\":\"dave\",\"password\":\"demo-password\"}")
              .text("access");
      SocketClient client = SocketClient.connect(port, null);
      client.call("connect", "token", token);
      client.close();
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> node.output().contains("\"formattedMessage\":\"Disconnected "));
      assertThat(node.output())
          .containsPattern("\"formattedMessage\":\"Connected \\S+ of dave over websocket from 127")
          .containsPattern("\"formattedMessage\":\"Disconnected \\S+ of dave after \\d+ s: ")
          .doesNotContain(token)
          .doesNotContain(SECRET);
    }
  }
}
