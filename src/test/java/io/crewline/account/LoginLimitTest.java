package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class LoginLimitTest {

  @Test
  void failuresOfOneUserAreLimitedAndNoOneElseSuffers() {
    try (Crewline node = TestNode.start()) {
      Caller anonymous = Caller.anonymous(node);
      Caller.admin(node).createUser("other", "member");
      for (int i = 0; i < 10; i++) {
        assertThat(anonymous.login("admin", "wrong-password").status()).isEqualTo(401);
      }
      Caller.Answer refused = anonymous.login("admin", TestNode.ADMIN_PASSWORD);
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.raw().headers().firstValueAsLong("Retry-After").orElse(0))
          .isBetween(1L, 6L);
      assertThat(anonymous.login("other", "password-of-other").status()).isEqualTo(200);
      Caller forwarded = Caller.withHeader(node, "X-Forwarded-For", "203.0.113.7");
      assertThat(forwarded.login("admin", TestNode.ADMIN_PASSWORD).status()).isEqualTo(429);
    }
  }

  @Test
  void guessesSentAtOnceAreLimitedToo() {
    try (Crewline node = TestNode.start();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Caller anonymous = Caller.anonymous(node);
      List<CompletableFuture<Integer>> answers =
          IntStream.range(0, 100)
              .mapToObj(
                  i ->
                      CompletableFuture.supplyAsync(
                          () -> anonymous.login("admin", "guess-" + i).status(), threads))
              .toList();
      assertThat(answers.stream().map(CompletableFuture::join).filter(s -> s == 401).count())
          .isBetween(10L, 13L + Runtime.getRuntime().availableProcessors());
    }
  }

  /** All threads that hash are busy and all places taken when somebody else comes. */
  @Test
  void aCrowdFromOneAddressDoesNotKeepOthersFromLoggingIn() throws Exception {
    try (Crewline node = TestNode.start(Map.of("CREWLINE_TRUSTED_PROXIES", "127.0.0.0/8,::1"));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      PasswordHasher hasher = node.context().getBean(PasswordHasher.class);
      int cores = Runtime.getRuntime().availableProcessors();
      CountDownLatch busy = new CountDownLatch(cores);
      CountDownLatch free = new CountDownLatch(1);
      for (int i = 0; i < cores; i++) {
        threads.execute(
            () ->
                hasher.onHashingThread(
                    "",
                    "",
                    () -> {
                      busy.countDown();
                      return await(free);
                    }));
      }
      busy.await();
      Caller crowd = Caller.withHeader(node, "X-Forwarded-For", "203.0.113.1");
      List<CompletableFuture<Integer>> guesses =
          IntStream.range(0, 200)
              .mapToObj(
                  i ->
                      CompletableFuture.supplyAsync(
                          () -> crowd.login("nobody-" + i, "a-guess").status(), threads))
              .toList();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> guesses.stream().filter(CompletableFuture::isDone).count() >= 72);
      CompletableFuture<Integer> other =
          CompletableFuture.supplyAsync(
              () ->
                  Caller.withHeader(node, "X-Forwarded-For", "203.0.113.2")
                      .login("admin", TestNode.ADMIN_PASSWORD)
                      .status(),
              threads);
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  other.isDone()
                      || guesses.stream().filter(CompletableFuture::isDone).count() >= 73);
      free.countDown();
      assertThat(other.join()).isEqualTo(200);
      assertThat(guesses.stream().map(CompletableFuture::join).filter(s -> s == 503).count())
          .as("those who gave way")
          .isEqualTo(73);
    }
  }

  private static boolean await(CountDownLatch latch) {
    try {
      latch.await();
      return true;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Caller at(Crewline node, int address) {
    return Caller.withHeader(node, "X-Forwarded-For", "203.0.113." + address);
  }

  @Test
  void guessesFromManyAddressesCountTogetherOnAllNodesAndLockTheOwnerOutNowhereKnown() {
    Map<String, String> settings =
        Map.of(
            "DATABASE_URL",
            TestPostgres.createDatabase(),
            "CREWLINE_LIMIT_LOGINS",
            "1",
            "CREWLINE_TRUSTED_PROXIES",
            "127.0.0.0/8,::1");
    try (Crewline a = TestNode.start(settings);
        Crewline b = TestNode.start(settings)) {
      Caller home = at(a, 200);
      String refresh = home.login("admin", TestNode.ADMIN_PASSWORD).text("refresh");
      List<Integer> answers = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        answers.add(at(i % 2 == 0 ? a : b, i).login("admin", "guess-" + i).status());
      }
      assertThat(answers.subList(0, 10)).containsOnly(401);
      assertThat(answers.subList(10, 30)).containsOnly(429);
      Caller.Answer refused = at(b, 100).login("admin", TestNode.ADMIN_PASSWORD);
      assertThat(refused.status()).as("a right password from elsewhere").isEqualTo(429);
      assertThat(refused.raw().headers().firstValueAsLong("Retry-After").orElse(0))
          .isBetween(60L, 360L);

      for (Crewline node : List.of(a, b)) {
        assertThat(at(node, 200).login("admin", TestNode.ADMIN_PASSWORD).status())
            .as("where the owner has logged in before")
            .isEqualTo(200);
      }
      assertThat(at(b, 101).refresh(refresh).status()).isEqualTo(200);
      assertThat(at(a, 101).login("admin", TestNode.ADMIN_PASSWORD).status())
          .as("where the owner has refreshed")
          .isEqualTo(200);
      assertThat(at(a, 102).login("nobody", "guess").status()).as("another user").isEqualTo(401);
    }
  }

  @Test
  void aKnownAddressHasALimitOfItsOwn() {
    Map<String, String> settings =
        Map.of("CREWLINE_LIMIT_LOGINS", "1", "CREWLINE_TRUSTED_PROXIES", "127.0.0.0/8,::1");
    try (Crewline node = TestNode.start(settings)) {
      at(node, 1).login("admin", TestNode.ADMIN_PASSWORD);
      GuessLimit guesses = node.context().getBean(GuessLimit.class);
      InetAddress home = InetAddress.ofLiteral("203.0.113.1");
      for (int i = 0; i < 10; i++) {
        assertThat(guesses.take("admin", home, false)).isZero();
      }
      assertThat(guesses.take("admin", home, false)).isBetween(60_000L, 360_000L);
      assertThat(guesses.take("admin", home, true)).as("with a login").isZero();
      assertThat(guesses.take("admin", InetAddress.ofLiteral("203.0.113.2"), false)).isZero();
      guesses.passed("admin", home, false);
      assertThat(guesses.take("admin", home, false)).as("one was right").isZero();
      assertThat(guesses.take("admin", home, false)).isPositive();
    }
  }

  @Test
  void onlyWhatSaysNothingAnyMoreIsRemoved() {
    Map<String, String> settings = Map.of("CREWLINE_LIMIT_LOGINS", "1");
    try (Crewline node = TestNode.start(settings)) {
      Database database = node.context().getBean(Database.class);
      GuessLimit guesses = node.context().getBean(GuessLimit.class);
      InetAddress home = InetAddress.ofLiteral("203.0.113.1");
      guesses.take("young", home, false);
      guesses.take("old", home, false);
      guesses.seen("known", home);
      guesses.seen("forgotten", home);
      database.transaction(
          () ->
              database.update(
                  """
                  UPDATE login_guess SET full_at = full_at - interval '1 day',
                    known_until = known_until
                      - CASE username WHEN 'forgotten' THEN 91 ELSE 89 END * interval '1 day'
                  WHERE username <> 'young'
                  """));
      node.context().getBean(TokenHousekeeping.class).removeExpired();
      assertThat(
              database.transaction(
                  () ->
                      database.query(
                          "SELECT username FROM login_guess ORDER BY 1", row -> row.getString(1))))
          .containsExactly("known", "young");
    }
  }

  @Test
  void successesDoNotCount() {
    try (Crewline node = TestNode.start()) {
      Caller anonymous = Caller.anonymous(node);
      for (int i = 0; i < 15; i++) {
        assertThat(anonymous.login("admin", TestNode.ADMIN_PASSWORD).status()).isEqualTo(200);
      }
    }
  }

  @Test
  void successesFromManyNewAddressesDoNotCount() {
    Map<String, String> settings =
        Map.of("CREWLINE_LIMIT_LOGINS", "1", "CREWLINE_TRUSTED_PROXIES", "127.0.0.0/8,::1");
    try (Crewline node = TestNode.start(settings)) {
      for (int i = 0; i < 25; i++) {
        assertThat(at(node, i).login("admin", TestNode.ADMIN_PASSWORD).status()).isEqualTo(200);
      }
    }
  }
}
