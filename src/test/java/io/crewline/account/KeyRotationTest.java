package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class KeyRotationTest {
  private static final String OLD = "old-secret-old-secret-old-secret-old";
  private static final String NEW = "new-secret-new-secret-new-secret-new";

  @Test
  void aNewKeySignsWhileTheOldOneStillVerifies() {
    String database = TestPostgres.createDatabase();
    try (Crewline before = start(database, OLD);
        Crewline between = start(database, NEW + "," + OLD);
        Crewline after = start(database, NEW)) {
      String oldToken = token(before);
      assertThat(status(between, oldToken)).isEqualTo(200);
      assertThat(status(after, oldToken)).isEqualTo(401);

      String newToken = token(between);
      assertThat(status(after, newToken)).isEqualTo(200);
      assertThat(status(before, newToken)).isEqualTo(401);
    }
  }

  private static Crewline start(String database, String secrets) {
    return TestNode.start(Map.of("DATABASE_URL", database, "CREWLINE_SECRET_KEY", secrets));
  }

  private static String token(Crewline node) {
    return Caller.anonymous(node).login("admin", TestNode.ADMIN_PASSWORD).text("access");
  }

  private static int status(Crewline node, String token) {
    return Caller.withToken(node, token).get("/api/me").status();
  }
}
