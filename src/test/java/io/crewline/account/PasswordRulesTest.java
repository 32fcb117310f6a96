package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.TestNode;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;

@SuppressWarnings("NullAway.Init")
final class PasswordRulesTest {
  private static final String COMPOSED = "gr\u00fc\u00dfe-aus-k\u00f6ln";
  private static final String DECOMPOSED = "gru\u0308\u00dfe-aus-ko\u0308ln";

  private static Crewline node;
  private static Caller admin;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_LIMITS", "off"));
    admin = Caller.admin(node);
    admin.createUser("changing", "member");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static Caller.Answer create(String username, String password) {
    return admin.post("/api/users", Map.of("username", username, "password", password));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "        ",
        "\u00a0\u3000\u2003\t        ",
        "\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b",
        "1234567",
        "u\u0308u\u0308u\u0308u\u0308",
        "password",
        "PassWord123",
        " iloveyou ",
        "qwertyuiop",
        "12345678",
        "refused-user",
        "REFUSED-User"
      })
  void aPasswordThatIsGuessedAtOnceIsRefused(String password) {
    Caller.Answer answer = create("refused-user", password);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text("code")).isEqualTo("badRequest");
    assertThat(answer.text("errors")).contains("field=password");
    assertThat(admin.get("/api/users/refused-user").status()).isIn(404, 405);
    Caller.Answer change = admin.patch("/api/users/changing", Map.of("password", password));
    if (!password.equalsIgnoreCase("refused-user")) {
      assertThat(change.status()).isEqualTo(400);
    }
    assertThat(admin.patch("/api/users/changing", Map.of("password", "changing")).status())
        .isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eight ch",
        "a b c d ",
        "\ud83d\ude80\ud83d\ude80\ud83d\ude80\ud83d\ude80\ud83d\ude80\ud83d\ude80\ud83d\ude80\ud83d\ude80",
        "correct horse"
      })
  void anyOtherOfEightCharactersIsTaken(String password) {
    String username = "taken-" + password.codePointAt(0);
    assertThat(create(username, password).status()).isEqualTo(201);
    assertThat(Caller.anonymous(node).login(username, password).status()).isEqualTo(200);
  }

  @Test
  void lettersAreTheSameHoweverTheyAreTyped() {
    for (String password : new String[] {COMPOSED, DECOMPOSED}) {
      String username = password.equals(COMPOSED) ? "composed" : "decomposed";
      assertThat(create(username, password).status()).isEqualTo(201);
      Caller anonymous = Caller.anonymous(node);
      assertThat(anonymous.login(username, COMPOSED).status()).isEqualTo(200);
      assertThat(anonymous.login(username, DECOMPOSED).status()).isEqualTo(200);
      assertThat(anonymous.login(username, "grusse-aus-koln").status()).isEqualTo(401);
    }
  }

  @Test
  void aPasswordThatWasHashedAsItWasTypedStillOpens() {
    admin.createUser("veteran", "member");
    AccountRepository accounts = node.context().getBean(AccountRepository.class);
    Database database = node.context().getBean(Database.class);
    String hash = new Argon2PasswordEncoder(16, 32, 1, 19_456, 2).encode(DECOMPOSED);
    database.transaction(
        () -> accounts.update(accounts.find("veteran").orElseThrow().withPasswordHash(hash)));
    assertThat(Caller.anonymous(node).login("veteran", DECOMPOSED).status()).isEqualTo(200);
    assertThat(Caller.anonymous(node).login("veteran", "password").status()).isEqualTo(401);
  }
}
