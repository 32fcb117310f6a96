package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.platform.Secrets;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;

@SuppressWarnings("NullAway.Init")
final class LoginTest {
  private static Crewline node;
  private static Caller admin;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_LIMITS", "off"));
    admin = Caller.admin(node);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void loginAnswersWithTokens() {
    Caller.Answer login = Caller.anonymous(node).login("admin", TestNode.ADMIN_PASSWORD);
    assertThat(login.status()).isEqualTo(200);
    assertThat(login.body())
        .containsOnlyKeys("userID", "userToken", "access", "refresh", "tokenType", "expiresIn")
        .containsEntry("userID", "admin")
        .containsEntry("tokenType", "Bearer");
    assertThat(login.text("access")).isEqualTo(login.text("userToken"));
    assertThat(login.text("expiresIn")).isEqualTo("3600");
    assertThat(login.raw().headers().firstValue("Cache-Control")).contains("no-store");

    Caller.Answer me = Caller.withToken(node, login.text("access")).get("/api/me");
    assertThat(me.status()).isEqualTo(200);
    assertThat(me.body())
        .containsEntry("username", "admin")
        .containsEntry("displayName", "Administrator")
        .containsEntry("role", "admin")
        .containsEntry("disabled", false)
        .containsKey("createdAt");
  }

  @Test
  void wrongPasswordAndUnknownUserAreToldTheSame() {
    Caller anonymous = Caller.anonymous(node);
    Caller.Answer wrong = anonymous.login("admin", "not-the-password");
    assertThat(wrong.status()).isEqualTo(401);
    for (String nobody : List.of("nobody", "NOT A NAME", "x".repeat(5000), "a\u0001b")) {
      Caller.Answer unknown = anonymous.login(nobody, "not-the-password");
      assertThat(unknown.status()).isEqualTo(401);
      assertThat(unknown.body()).isEqualTo(wrong.body());
    }
    assertThat(anonymous.login("admin", "").status()).isEqualTo(401);
    assertThat(anonymous.login("admin", "x".repeat(100_000)).status()).isEqualTo(401);
  }

  @Test
  void fieldsAreRequired() {
    Caller anonymous = Caller.anonymous(node);
    assertThat(anonymous.login("admin", null).status()).isEqualTo(400);
    assertThat(anonymous.post("/api/token", Map.of("password", "x")).status()).isEqualTo(400);
    assertThat(anonymous.post("/api/token/refresh", Map.of()).status()).isEqualTo(400);
    assertThat(anonymous.post("/api/token/revoke", Map.of()).status()).isEqualTo(400);
  }

  @Test
  void anExpiredTokenDoesNotKeepFromTheLogin() {
    Caller stale = Caller.withToken(node, "expired.or.garbage");
    assertThat(stale.login("admin", TestNode.ADMIN_PASSWORD).status()).isEqualTo(200);
  }

  @Test
  void refreshRotates() {
    Caller anonymous = Caller.anonymous(node);
    String first = anonymous.login("admin", TestNode.ADMIN_PASSWORD).text("refresh");
    Caller.Answer second = anonymous.refresh(first);
    assertThat(second.status()).isEqualTo(200);
    assertThat(second.text("refresh")).isNotEqualTo(first);
    assertThat(Caller.withToken(node, second.text("access")).get("/api/me").status())
        .isEqualTo(200);
    assertThat(anonymous.refresh(second.text("refresh")).status()).isEqualTo(200);
  }

  @Test
  void aRefreshTokenUsedTwiceRevokesItsFamilyAndNoOther() {
    Caller anonymous = Caller.anonymous(node);
    String other = anonymous.login("admin", TestNode.ADMIN_PASSWORD).text("refresh");
    String first = anonymous.login("admin", TestNode.ADMIN_PASSWORD).text("refresh");
    String second = anonymous.refresh(first).text("refresh");
    String third = anonymous.refresh(second).text("refresh");
    assertThat(anonymous.refresh(first).status()).isEqualTo(401);
    assertThat(anonymous.refresh(third).status()).isEqualTo(401);
    assertThat(anonymous.refresh(second).status()).isEqualTo(401);
    assertThat(anonymous.refresh(other).status()).isEqualTo(200);
  }

  @Test
  void parallelRefreshesGetTheSameSuccessorAndStayLoggedIn() {
    Caller anonymous = Caller.anonymous(node);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < 10; round++) {
        String token = anonymous.login("admin", TestNode.ADMIN_PASSWORD).text("refresh");
        List<Caller.Answer> answers =
            Stream.generate(
                    () -> CompletableFuture.supplyAsync(() -> anonymous.refresh(token), threads))
                .limit(8)
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
        assertThat(answers).extracting(Caller.Answer::status).containsOnly(200);
        List<String> successors =
            answers.stream().map(answer -> answer.text("refresh")).distinct().toList();
        assertThat(successors).hasSize(1);
        assertThat(anonymous.refresh(successors.getFirst()).status()).isEqualTo(200);
      }
    }
  }

  @Test
  void aRefreshTokenThatComesBackAfterTheGraceRevokesItsFamily() {
    Caller anonymous = Caller.anonymous(node);
    String first = anonymous.login("admin", TestNode.ADMIN_PASSWORD).text("refresh");
    String second = anonymous.refresh(first).text("refresh");
    Database database = node.context().getBean(Database.class);
    database.transaction(
        () ->
            database.update(
                "UPDATE refresh_token SET used_at = used_at - interval '11 s' WHERE hash = ?",
                Secrets.sha256(first)));
    assertThat(anonymous.refresh(first).status()).isEqualTo(401);
    assertThat(anonymous.refresh(second).status()).isEqualTo(401);
  }

  @Test
  void anotherNodeWithARotatedKeyGivesTheSameSuccessor() {
    String url = TestPostgres.createDatabase();
    String rotated = "n".repeat(40) + ',' + TestNode.SECRET;
    try (Crewline before = TestNode.start(Map.of("DATABASE_URL", url));
        Crewline after =
            TestNode.start(Map.of("DATABASE_URL", url, "CREWLINE_SECRET_KEY", rotated))) {
      Caller old = Caller.anonymous(before);
      String first = old.login("admin", TestNode.ADMIN_PASSWORD).text("refresh");
      String second = old.refresh(first).text("refresh");
      assertThat(Caller.anonymous(after).refresh(first).text("refresh")).isEqualTo(second);
    }
  }

  @Test
  void revokeEndsTheFamilyAndIsIdempotent() {
    Caller anonymous = Caller.anonymous(node);
    String first = anonymous.login("admin", TestNode.ADMIN_PASSWORD).text("refresh");
    String second = anonymous.refresh(first).text("refresh");
    for (String token : List.of(second, second, first, "never-given-out")) {
      Caller.Answer answer = anonymous.post("/api/token/revoke", Map.of("refresh", token));
      assertThat(answer.status()).isEqualTo(204);
      assertThat(answer.raw().body()).isEmpty();
    }
    assertThat(anonymous.refresh(second).status()).isEqualTo(401);
  }

  @Test
  void anAccessTokenIsNoRefreshToken() {
    Caller anonymous = Caller.anonymous(node);
    String access = anonymous.login("admin", TestNode.ADMIN_PASSWORD).text("access");
    assertThat(anonymous.refresh(access).status()).isEqualTo(401);
  }

  @Test
  void aDisabledUserIsLoggedOutAtOnceAndCannotComeBack() {
    admin.createUser("gone", "member");
    Caller anonymous = Caller.anonymous(node);
    Caller.Answer login = anonymous.login("gone", "password-of-gone");
    Caller gone = Caller.withToken(node, login.text("access"));
    assertThat(gone.get("/api/me").status()).isEqualTo(200);

    assertThat(admin.patch("/api/users/gone", Map.of("disabled", true)).status()).isEqualTo(200);

    assertThat(gone.get("/api/me").status()).isEqualTo(401);
    assertThat(anonymous.refresh(login.text("refresh")).status()).isEqualTo(401);
    Caller.Answer again = anonymous.login("gone", "password-of-gone");
    assertThat(again.status()).isEqualTo(401);
    assertThat(again.body()).isEqualTo(anonymous.login("gone", "wrong-password").body());

    admin.patch("/api/users/gone", Map.of("disabled", false));
    assertThat(anonymous.refresh(login.text("refresh")).status()).isEqualTo(401);
    assertThat(anonymous.login("gone", "password-of-gone").status()).isEqualTo(200);
  }

  @Test
  void aNewPasswordEndsAllLogins() {
    admin.createUser("changer", "member");
    Caller anonymous = Caller.anonymous(node);
    String refresh = anonymous.login("changer", "password-of-changer").text("refresh");
    admin.patch("/api/users/changer", Map.of("password", "another password ✓"));
    assertThat(anonymous.refresh(refresh).status()).isEqualTo(401);
    assertThat(anonymous.login("changer", "password-of-changer").status()).isEqualTo(401);
    assertThat(anonymous.login("changer", "another password ✓").status()).isEqualTo(200);
  }

  @Test
  void aWeakHashIsReplacedAtTheNextLogin() {
    admin.createUser("veteran", "member");
    AccountRepository accounts = node.context().getBean(AccountRepository.class);
    Database database = node.context().getBean(Database.class);
    String weak = new Argon2PasswordEncoder(16, 32, 1, 1024, 1).encode("password-of-veteran");
    database.transaction(
        () -> accounts.update(accounts.find("veteran").orElseThrow().withPasswordHash(weak)));
    for (int i = 0; i < 2; i++) {
      assertThat(Caller.anonymous(node).login("veteran", "password-of-veteran").status())
          .isEqualTo(200);
    }
    assertThat(database.transaction(() -> accounts.find("veteran")).orElseThrow().passwordHash())
        .startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
  }

  @Test
  void expiredRefreshTokensAreRefusedAndRemoved() {
    try (Crewline brief =
        TestNode.start(
            Map.of(
                "CREWLINE_ACCESS_TOKEN_TTL",
                "1s",
                "CREWLINE_REFRESH_TOKEN_TTL",
                "1s",
                "CREWLINE_LIMITS",
                "off"))) {
      Caller anonymous = Caller.anonymous(brief);
      String token = anonymous.login("admin", TestNode.ADMIN_PASSWORD).text("refresh");
      TokenHousekeeping housekeeping = brief.context().getBean(TokenHousekeeping.class);
      Awaitility.await()
          .untilAsserted(
              () -> {
                housekeeping.removeExpired();
                assertThat(rows(brief)).isZero();
              });
      assertThat(anonymous.refresh(token).status()).isEqualTo(401);
    }
  }

  @Test
  void aRefreshTokenStaysUntilTheLastAccessTokenGivenWithItHasExpired() {
    Caller anonymous = Caller.anonymous(node);
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      tokens.add(anonymous.login("admin", TestNode.ADMIN_PASSWORD).text("refresh"));
    }
    Duration access = node.settings().accessTokenLifetime();
    expire(tokens.get(0), access.plusMinutes(1));
    expire(tokens.get(1), access.minusMinutes(1));
    node.context().getBean(TokenHousekeeping.class).removeExpired();
    assertThat(tokens.stream().map(LoginTest::isStored)).containsExactly(false, true, true);
    assertThat(anonymous.refresh(tokens.get(2)).status()).isEqualTo(200);
  }

  private static void expire(String token, Duration ago) {
    Database database = node.context().getBean(Database.class);
    int changed =
        database.transaction(
            () ->
                database.update(
                    "UPDATE refresh_token SET expires_at = now() - ? * interval '1 second'"
                        + " WHERE hash = sha256(?)",
                    ago.toSeconds(),
                    token.getBytes(StandardCharsets.UTF_8)));
    assertThat(changed).isOne();
  }

  private static boolean isStored(String token) {
    Database database = node.context().getBean(Database.class);
    return database.transaction(
        () ->
            database
                .queryOne(
                    "SELECT 1 FROM refresh_token WHERE hash = sha256(?)",
                    row -> true,
                    (Object) token.getBytes(StandardCharsets.UTF_8))
                .isPresent());
  }

  private static long rows(Crewline node) {
    Database database = node.context().getBean(Database.class);
    return database.transaction(
        () -> database.query("SELECT 1 FROM refresh_token", row -> true).size());
  }
}
