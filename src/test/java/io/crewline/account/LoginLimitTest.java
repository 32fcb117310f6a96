package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.TestNode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
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

  @Test
  void successesDoNotCount() {
    try (Crewline node = TestNode.start()) {
      Caller anonymous = Caller.anonymous(node);
      for (int i = 0; i < 15; i++) {
        assertThat(anonymous.login("admin", TestNode.ADMIN_PASSWORD).status()).isEqualTo(200);
      }
    }
  }
}
