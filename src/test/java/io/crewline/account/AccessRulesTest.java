package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.TestNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init")
final class AccessRulesTest {
  private static Crewline node;

  @BeforeAll
  static void start() {
    node = TestNode.start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nothing", "/api/nothing", "/api/users/x/y", "/api/confirmx"})
  void whatDoesNotExistIsNotFound(String path) {
    assertThat(Caller.anonymous(node).get(path).status()).isEqualTo(404);
  }

  @Test
  void healthNeedsNobody() {
    assertThat(Caller.anonymous(node).get("/health").status()).isEqualTo(200);
  }

  /** Whatever spelling reaches the controller must also reach the rule. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/users",
        "/api/users?limit=1",
        "//api/users",
        "/%61pi/users",
        "/api/%75sers",
        "/API/USERS",
        "/api/token/../users",
        "/api/token/%2e%2e/users",
        "/api/confirm/..%2fusers",
        "/api/users;/api/token",
        "/api/me;x=1",
        "/./api/me"
      })
  void noSpellingGetsPast(String path) {
    assertThat(Caller.anonymous(node).get(path).status()).isIn(400, 401, 404);
  }
}
