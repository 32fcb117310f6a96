package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.TestNode;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
final class AuthNoneTest {
  private static Crewline node;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_AUTH", "none"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void callersNameThemselves() {
    Caller.Answer me = Caller.withHeader(node, "X-Crewline-User", "dave").get("/api/me");
    assertThat(me.status()).isEqualTo(200);
    assertThat(me.body())
        .containsEntry("username", "dave")
        .containsEntry("displayName", "dave")
        .containsEntry("role", "member");
  }

  @Test
  void whoHasNoNameIsAGuest() {
    assertThat(Caller.anonymous(node).get("/api/me").text("username")).isEqualTo("guest");
  }

  @Test
  void aBadNameIsABadRequest() {
    assertThat(Caller.withHeader(node, "X-Crewline-User", "No Name").get("/api/me").status())
        .isEqualTo(400);
    assertThat(Caller.anonymous(node).login("No Name", "x").status()).isEqualTo(400);
  }

  @Test
  void anyPasswordAndNoneGiveTokens() {
    for (String password : new String[] {"x", "y", null}) {
      Caller.Answer login = Caller.anonymous(node).login("newcomer", password);
      assertThat(login.status()).isEqualTo(200);
      assertThat(Caller.withToken(node, login.text("access")).get("/api/me").text("username"))
          .isEqualTo("newcomer");
      assertThat(Caller.anonymous(node).refresh(login.text("refresh")).status()).isEqualTo(200);
    }
  }

  @Test
  void aBadTokenIsStillRefused() {
    assertThat(Caller.withToken(node, "a.b.c").get("/api/me").status()).isEqualTo(401);
  }

  @Test
  void rolesStillHold() {
    Caller visitor = Caller.withHeader(node, "X-Crewline-User", "visitor");
    assertThat(visitor.get("/api/users").status()).isEqualTo(403);
    Caller admin = Caller.withHeader(node, "X-Crewline-User", "admin");
    assertThat(admin.get("/api/users").status()).isEqualTo(200);
  }

  @Test
  void aDisabledUserCannotComeInByName() {
    Caller banned = Caller.withHeader(node, "X-Crewline-User", "banned");
    assertThat(banned.get("/api/me").status()).isEqualTo(200);
    Caller admin = Caller.withHeader(node, "X-Crewline-User", "admin");
    admin.patch("/api/users/banned", Map.of("disabled", true));
    assertThat(banned.get("/api/me").status()).isEqualTo(403);
    assertThat(Caller.anonymous(node).login("banned", "x").status()).isEqualTo(401);
  }
}
