package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class BootstrapTest {

  @Test
  void demoUsersCanLogIn() {
    try (Crewline node = TestNode.start(Map.of("CREWLINE_DEMO", "true"))) {
      assertThat(Caller.as(node, "dave", "demo-password").get("/api/me").body())
          .containsEntry("displayName", "Dave")
          .containsEntry("role", "manager");
      assertThat(Caller.as(node, "ada", "demo-password").get("/api/me").body())
          .containsEntry("displayName", "Ada")
          .containsEntry("role", "member");
    }
  }

  @Test
  void aPasswordThatNobodyGaveIsPrintedOnce() {
    Map<String, String> settings =
        Map.of("DATABASE_URL", TestPostgres.createDatabase(), "CREWLINE_ADMIN_PASSWORD", "");
    String first = printedBy(() -> TestNode.start(settings).close());
    Matcher password = Pattern.compile("admin with the password (\\S+)").matcher(first);
    assertThat(password.find()).isTrue();
    String second =
        printedBy(
            () -> {
              try (Crewline node = TestNode.start(settings)) {
                assertThat(Caller.anonymous(node).login("admin", password.group(1)).status())
                    .isEqualTo(200);
              }
            });
    assertThat(second).doesNotContain("password");
  }

  private static String printedBy(Runnable work) {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      work.run();
    } finally {
      System.setOut(console);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aRestartLeavesAccountsAsTheyAre() {
    String database = TestPostgres.createDatabase();
    try (Crewline node = TestNode.start(Map.of("DATABASE_URL", database))) {
      Caller.admin(node).patch("/api/users/admin", Map.of("password", "changed-password"));
    }
    try (Crewline node =
        TestNode.start(Map.of("DATABASE_URL", database, "CREWLINE_ADMIN_USERNAME", "other"))) {
      assertThat(Caller.anonymous(node).login("admin", "changed-password").status()).isEqualTo(200);
      assertThat(Caller.anonymous(node).login("other", TestNode.ADMIN_PASSWORD).status())
          .isEqualTo(401);
    }
  }

  @Test
  void nodesMayStartAtOnceOnOneDatabase() {
    String database = TestPostgres.createDatabase();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Crewline> nodes =
          Stream.generate(
                  () ->
                      CompletableFuture.supplyAsync(
                          () ->
                              TestNode.start(
                                  Map.of("DATABASE_URL", database, "CREWLINE_DEMO", "true")),
                          threads))
              .limit(3)
              .toList()
              .stream()
              .map(CompletableFuture::join)
              .toList();
      try {
        for (Crewline node : nodes) {
          assertThat(Caller.admin(node).get("/api/me").status()).isEqualTo(200);
        }
      } finally {
        nodes.forEach(Crewline::close);
      }
    }
  }

  @Test
  void secretsDoNotShowInText() {
    assertThat(new LoginRequest("dave", "sesame-sesame").toString()).doesNotContain("sesame");
    assertThat(new RefreshRequest("sesame").toString()).doesNotContain("sesame");
    assertThat(new UserRequest("dave", "sesame", null, null, null).toString())
        .doesNotContain("sesame");
    assertThat(new TokenResponse("dave", "sesame", "sesame", "sesame", "Bearer", 1).toString())
        .doesNotContain("sesame");
  }
}
