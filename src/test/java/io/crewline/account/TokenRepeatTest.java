package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.platform.Secrets;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Calls for tokens that are repeated with the same {@code Idempotency-Key}, on two nodes. */
@SuppressWarnings("NullAway.Init")
final class TokenRepeatTest {
  private static Crewline a;
  private static Crewline b;
  private static Caller admin;

  private String key = "";

  @BeforeAll
  static void start() {
    String url = TestPostgres.createDatabase();
    a = TestNode.start(Map.of("CREWLINE_LIMITS", "off", "DATABASE_URL", url));
    b =
        TestNode.start(
            Map.of(
                "CREWLINE_LIMITS",
                "off",
                "DATABASE_URL",
                url,
                "CREWLINE_SECRET_KEY",
                TestNode.SECRET + ',' + "o".repeat(40)));
    admin = Caller.admin(a);
    admin.createUser("ada", "member");
    admin.createUser("bob", "member");
  }

  @AfterAll
  static void stop() {
    a.close();
    b.close();
  }

  @BeforeEach
  void chooseKey(TestInfo test) {
    key = "key of " + test.getDisplayName();
  }

  private Caller with(Crewline node) {
    return Caller.withHeader(node, "Idempotency-Key", key);
  }

  private Caller.Answer login(Crewline node, String username) {
    return with(node).login(username, "password-of-" + username);
  }

  private static boolean isReplayed(Caller.Answer answer) {
    return answer.raw().headers().firstValue("Idempotency-Replayed").equals(Optional.of("true"));
  }

  private static int status(String access) {
    return Caller.withToken(a, access).get("/api/me").status();
  }

  private static void age(String token, String column, String by) {
    Database database = a.context().getBean(Database.class);
    database.transaction(
        () ->
            database.update(
                "UPDATE refresh_token SET %1$s = %1$s - interval '%2$s' WHERE hash = ?"
                    .formatted(column, by),
                Secrets.sha256(token)));
  }

  @Test
  void aRepeatedLoginIsOneLogin() {
    Caller.Answer first = login(a, "ada");
    Caller.Answer second = login(b, "ada");
    assertThat(first.status()).isEqualTo(200);
    assertThat(isReplayed(first)).isFalse();
    assertThat(second.raw().body()).isEqualTo(first.raw().body());
    assertThat(isReplayed(second)).isTrue();
    assertThat(second.raw().headers().firstValue("Cache-Control")).contains("no-store");
    assertThat(status(first.text("access"))).isEqualTo(200);
    Caller.anonymous(b).post("/api/token/revoke", Map.of("refresh", second.text("refresh")));
    assertThat(with(a).refresh(first.text("refresh")).status()).isEqualTo(401);
  }

  @Test
  void loginsAtTheSameTimeAreOneLogin() {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<String> bodies =
          Stream.of(a, b, a, b, a, b)
              .map(
                  node ->
                      CompletableFuture.supplyAsync(() -> login(node, "ada").raw().body(), threads))
              .toList()
              .stream()
              .map(CompletableFuture::join)
              .distinct()
              .toList();
      assertThat(bodies).hasSize(1);
    }
  }

  @Test
  void aKeyOpensNothingWithoutThePasswordAndNothingOfAnother() {
    Caller.Answer first = login(a, "ada");
    assertThat(with(a).login("ada", "password-of-bob").status()).isEqualTo(401);
    Caller.Answer other = login(a, "bob");
    assertThat(other.status()).isEqualTo(200);
    assertThat(other.text("userID")).isEqualTo("bob");
    assertThat(isReplayed(other)).isFalse();
    assertThat(other.text("refresh")).isNotEqualTo(first.text("refresh"));
    Caller.Answer withoutKey = Caller.anonymous(a).login("ada", "password-of-ada");
    assertThat(withoutKey.text("refresh")).isNotEqualTo(first.text("refresh"));
  }

  @Test
  void aLoginWhoseTokensAreUsedOrOldIsNotGivenAgain() {
    Caller.Answer first = login(a, "ada");
    String next = Caller.anonymous(a).refresh(first.text("refresh")).text("refresh");
    Caller.Answer second = login(a, "ada");
    assertThat(second.status()).isEqualTo(200);
    assertThat(isReplayed(second)).isFalse();
    assertThat(second.text("refresh")).isNotIn(first.text("refresh"), next);
    assertThat(login(a, "ada").text("refresh")).isNotEqualTo(second.text("refresh"));

    key += " again";
    String old = login(a, "ada").text("refresh");
    age(old, "created_at", "11 minutes");
    Caller.Answer fresh = login(a, "ada");
    assertThat(fresh.text("refresh")).isNotEqualTo(old);
    assertThat(isReplayed(fresh)).isFalse();
  }

  @Test
  void aLoginThatHasEndedIsNotGivenAgain() {
    String first = login(a, "ada").text("refresh");
    Caller.anonymous(a).post("/api/token/revoke", Map.of("refresh", first));
    Caller.Answer second = login(b, "ada");
    assertThat(second.text("refresh")).isNotEqualTo(first);
    assertThat(status(second.text("access"))).isEqualTo(200);
  }

  @Test
  void aRepeatedRefreshGetsTheSameAnswerForSomeMinutes() {
    String start = Caller.anonymous(a).login("ada", "password-of-ada").text("refresh");
    Caller.Answer first = with(a).refresh(start);
    assertThat(isReplayed(first)).isFalse();
    age(start, "used_at", "9 minutes");
    Caller.Answer second = with(b).refresh(start);
    assertThat(second.status()).isEqualTo(200);
    assertThat(second.raw().body()).isEqualTo(first.raw().body());
    assertThat(isReplayed(second)).isTrue();
    assertThat(Caller.anonymous(a).refresh(first.text("refresh")).status()).isEqualTo(200);
  }

  @Test
  void aKeyDoesNotHideThatARefreshTokenWasStolen() {
    for (String how : List.of("used further", "another key", "no key", "too late")) {
      String start = Caller.anonymous(a).login("ada", "password-of-ada").text("refresh");
      Caller.Answer first = with(a).refresh(start);
      String last = first.text("refresh");
      age(start, "used_at", how.equals("too late") ? "11 minutes" : "11 seconds");
      Caller thief = with(b);
      switch (how) {
        case "used further" -> last = Caller.anonymous(a).refresh(last).text("refresh");
        case "another key" -> thief = Caller.withHeader(b, "Idempotency-Key", "another");
        case "no key" -> thief = Caller.anonymous(b);
        default -> {}
      }
      assertThat(thief.refresh(start).status()).as(how).isEqualTo(401);
      assertThat(Caller.anonymous(a).refresh(last).status()).as(how).isEqualTo(401);
      assertThat(status(first.text("access"))).as(how).isEqualTo(401);
    }
  }

  @Test
  void tabsWithKeysOfTheirOwnGetTheSameSuccessor() {
    String start = Caller.anonymous(a).login("ada", "password-of-ada").text("refresh");
    Caller.Answer first = with(a).refresh(start);
    Caller.Answer second = Caller.withHeader(b, "Idempotency-Key", "of another tab").refresh(start);
    assertThat(second.text("refresh")).isEqualTo(first.text("refresh"));
    assertThat(isReplayed(second)).isFalse();
  }

  @Test
  void badKeysAreRefusedAndNothingIsRecorded() {
    Caller.Answer answer =
        Caller.withHeader(a, "Idempotency-Key", "k".repeat(256)).login("ada", "password-of-ada");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text("errors")).contains("Idempotency-Key");
    login(a, "ada");
    Database database = a.context().getBean(Database.class);
    assertThat(
            database.transaction(
                () -> database.query("SELECT 1 FROM idempotency_key", row -> true).size()))
        .isZero();
  }
}
