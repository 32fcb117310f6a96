package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
final class UserAdministrationTest {
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
  void anAdministratorCreatesUsers() {
    Caller.Answer answer =
        admin.post(
            "/api/users",
            Map.of(
                "username", "grace-1",
                "password", "hopper-hopper",
                "displayName", "Grace Hopper ✓",
                "role", "manager"));
    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.raw().headers().firstValue("Location")).contains("/api/users/grace-1");
    assertThat(answer.body())
        .containsOnlyKeys("username", "displayName", "role", "disabled", "createdAt")
        .containsEntry("displayName", "Grace Hopper ✓")
        .containsEntry("role", "manager")
        .containsEntry("disabled", false);
    assertThat(admin.get("/api/users/grace-1").body()).isEqualTo(answer.body());
    assertThat(Caller.as(node, "grace-1", "hopper-hopper").get("/api/me").body())
        .isEqualTo(answer.body());
  }

  @Test
  void roleAndDisplayNameHaveDefaults() {
    Caller.Answer answer =
        admin.post("/api/users", Map.of("username", "plain", "password", "password-of-plain"));
    assertThat(answer.body()).containsEntry("role", "member").containsEntry("displayName", "plain");
  }

  @Test
  void aTakenNameIsAConflict() {
    assertThat(admin.createUser("twin", "member").status()).isEqualTo(201);
    assertThat(admin.createUser("twin", "admin").status()).isEqualTo(409);
    assertThat(admin.get("/api/users/twin").text("role")).isEqualTo("member");
  }

  @Test
  void badFieldsAreNamed() {
    refused("username", "Capital");
    refused("username", "-dash-first");
    refused("username", "x".repeat(65));
    refused("username", "");
    refused("password", "short");
    refused("password", "x".repeat(257));
    refused("password", "lone \ud800 surrogate");
    refused("displayName", " \u200b ");
    refused("displayName", "two\nlines");
    refused("displayName", "x".repeat(101));
    refused("role", "root");
    refused("role", "ADMIN");
    assertThat(admin.get("/api/users/valid").status()).isEqualTo(404);
  }

  private static void refused(String field, String value) {
    Map<String, Object> body = new HashMap<>();
    body.put("username", "valid");
    body.put("password", "valid-password");
    body.put(field, value);
    Caller.Answer answer = admin.post("/api/users", body);
    assertThat(answer.status()).as(field + " " + value).isEqualTo(400);
    assertThat(answer.text("errors")).contains("field=" + field);
  }

  @Test
  void onlyAdministratorsMay() {
    admin.createUser("lead", "manager");
    admin.createUser("worker", "member");
    for (String username : List.of("lead", "worker")) {
      Caller caller = Caller.as(node, username, "password-of-" + username);
      assertThat(caller.get("/api/users").status()).isEqualTo(403);
      assertThat(caller.get("/api/users/" + username).status()).isEqualTo(403);
      assertThat(caller.createUser("mole", "admin").status()).isEqualTo(403);
      assertThat(caller.patch("/api/users/" + username, Map.of("role", "admin")).status())
          .isEqualTo(403);
    }
    assertThat(Caller.anonymous(node).get("/api/users").status()).isEqualTo(401);
    assertThat(Caller.anonymous(node).createUser("mole", "admin").status()).isEqualTo(401);
    assertThat(admin.get("/api/users/mole").status()).isEqualTo(404);
  }

  @Test
  void aRoleTakesEffectAtOnceWithTheSameToken() {
    admin.createUser("climber", "member");
    Caller climber = Caller.as(node, "climber", "password-of-climber");
    for (int i = 0; i < 5; i++) {
      assertThat(climber.get("/api/users").status()).isEqualTo(403);
      admin.patch("/api/users/climber", Map.of("role", "admin"));
      assertThat(climber.get("/api/users").status()).isEqualTo(200);
      assertThat(climber.get("/api/me").text("role")).isEqualTo("admin");
      admin.patch("/api/users/climber", Map.of("role", "member"));
    }
    assertThat(climber.get("/api/users").status()).isEqualTo(403);
  }

  @Test
  void aRoleTakesEffectOnOtherNodesWithinASecond() {
    String database = TestPostgres.createDatabase();
    Map<String, String> settings = Map.of("DATABASE_URL", database, "CREWLINE_LIMITS", "off");
    try (Crewline here = TestNode.start(settings);
        Crewline there = TestNode.start(settings)) {
      Caller first = Caller.admin(here);
      first.createUser("traveller", "member");
      Caller traveller = Caller.as(there, "traveller", "password-of-traveller");
      assertThat(traveller.get("/api/users").status()).isEqualTo(403);
      first.patch("/api/users/traveller", Map.of("role", "admin"));
      Awaitility.await()
          .pollInterval(Duration.ofMillis(50))
          .atMost(Duration.ofMillis(1500))
          .until(() -> traveller.get("/api/users").status() == 200);
      first.patch("/api/users/traveller", Map.of("disabled", true));
      Awaitility.await()
          .pollInterval(Duration.ofMillis(50))
          .atMost(Duration.ofMillis(1500))
          .until(() -> traveller.get("/api/users").status() == 401);
    }
  }

  @Test
  void aChangeLeavesTheRestAlone() {
    admin.createUser("steady", "manager");
    Caller.Answer renamed = admin.patch("/api/users/steady", Map.of("displayName", "Steady"));
    assertThat(renamed.status()).isEqualTo(200);
    assertThat(renamed.body())
        .containsEntry("displayName", "Steady")
        .containsEntry("role", "manager")
        .containsEntry("disabled", false);
    assertThat(Caller.anonymous(node).login("steady", "password-of-steady").status())
        .isEqualTo(200);
    assertThat(admin.patch("/api/users/steady", Map.of("username", "other")).status())
        .isEqualTo(400);
    assertThat(admin.patch("/api/users/nobody", Map.of("role", "member")).status()).isEqualTo(404);
  }

  @Test
  void usersArePagedByName() {
    for (int i = 0; i < 7; i++) {
      admin.createUser("page-" + i, "member");
    }
    List<String> seen = new ArrayList<>();
    Object cursor = null;
    do {
      Caller.Answer page =
          admin.get("/api/users?limit=3" + (cursor == null ? "" : "&cursor=" + cursor));
      assertThat(page.body()).containsOnlyKeys("items", "nextCursor");
      for (Object item : (List<?>) page.body().getOrDefault("items", List.of())) {
        seen.add(String.valueOf(((Map<?, ?>) item).get("username")));
      }
      cursor = page.body().get("nextCursor");
    } while (cursor != null);
    assertThat(seen).isSorted().doesNotHaveDuplicates().contains("admin", "page-0", "page-6");
    assertThat(admin.get("/api/users?limit=0").status()).isEqualTo(400);
    assertThat(admin.get("/api/users?limit=201").status()).isEqualTo(400);
    assertThat(admin.get("/api/users?cursor=%24%24").status()).isEqualTo(400);
  }

  @Test
  void theLastAdministratorStays() {
    try (Crewline other = TestNode.start()) {
      Caller first = Caller.admin(other);
      assertThat(first.patch("/api/users/admin", Map.of("disabled", true)).status()).isEqualTo(409);
      assertThat(first.patch("/api/users/admin", Map.of("role", "manager")).status())
          .isEqualTo(409);
      first.createUser("second", "admin");
      assertThat(first.patch("/api/users/admin", Map.of("role", "manager")).status())
          .isEqualTo(200);
      Caller second = Caller.as(other, "second", "password-of-second");
      assertThat(second.patch("/api/users/second", Map.of("disabled", true)).status())
          .isEqualTo(409);
    }
  }

  @Test
  void twoAdministratorsCannotDemoteEachOther() {
    try (Crewline other = TestNode.start(Map.of("CREWLINE_LIMITS", "off"));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Caller first = Caller.admin(other);
      first.createUser("second", "admin");
      UserService users = other.context().getBean(UserService.class);
      for (int round = 0; round < 20; round++) {
        List<CompletableFuture<Boolean>> demotions =
            List.of("admin", "second").stream()
                .map(
                    username ->
                        CompletableFuture.supplyAsync(
                                () -> users.change(withRole(username, Role.MEMBER)), threads)
                            .handle((changed, failure) -> failure == null))
                .toList();
        assertThat(demotions.stream().filter(CompletableFuture::join)).hasSize(1);
        for (String username : List.of("admin", "second")) {
          users.change(withRole(username, Role.ADMIN));
        }
      }
    }
  }

  private static UserInput withRole(String username, Role role) {
    return new UserInput(username, null, null, role, null);
  }
}
