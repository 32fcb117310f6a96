package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.TestNode;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
final class OwnAccountTest {
  private static Crewline node;
  private static Caller admin;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    admin = Caller.admin(node);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void usersRenameThemselves() {
    admin.createUser("renamer", "manager");
    Caller renamer = Caller.as(node, "renamer", "password-of-renamer");
    assertThat(renamer.patch("/api/me", Map.of("displayName", "Renamed")).status()).isEqualTo(200);
    assertThat(renamer.get("/api/me").body())
        .containsEntry("displayName", "Renamed")
        .containsEntry("role", "manager");
  }

  @Test
  void nobodyPromotesThemselves() {
    admin.createUser("climber", "member");
    Caller climber = Caller.as(node, "climber", "password-of-climber");
    climber.patch("/api/me", Map.of("displayName", "Climber", "role", "admin"));
    assertThat(climber.get("/api/me").text("role")).isEqualTo("member");
  }

  @Test
  void aNewPasswordNeedsTheCurrentOne() {
    admin.createUser("mover", "member");
    Caller.Answer login = Caller.anonymous(node).login("mover", "password-of-mover");
    Caller mover = Caller.withToken(node, login.text("access"));
    Map<String, String> change = Map.of("password", "new-password");
    assertThat(mover.patch("/api/me", change).status()).isEqualTo(400);
    assertThat(
            mover
                .patch("/api/me", Map.of("password", "new-password", "currentPassword", "wrong"))
                .status())
        .isEqualTo(400);
    assertThat(
            mover
                .patch(
                    "/api/me",
                    Map.of("password", "new-password", "currentPassword", "password-of-mover"))
                .status())
        .isEqualTo(200);
    assertThat(Caller.anonymous(node).refresh(login.text("refresh")).status()).isEqualTo(401);
    assertThat(Caller.anonymous(node).login("mover", "new-password").status()).isEqualTo(200);
  }

  @Test
  void guessingTheCurrentPasswordIsLimited() {
    admin.createUser("victim", "member");
    Caller thief = Caller.as(node, "victim", "password-of-victim");
    Map<String, String> guess = Map.of("password", "new-password", "currentPassword", "guess");
    for (int i = 0; i < 10; i++) {
      assertThat(thief.patch("/api/me", guess).status()).isEqualTo(400);
    }
    assertThat(thief.patch("/api/me", guess).status()).isEqualTo(429);
  }
}
