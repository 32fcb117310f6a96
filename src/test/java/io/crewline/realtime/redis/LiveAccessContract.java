package io.crewline.realtime.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.account.Role;
import io.crewline.realtime.Session;
import io.crewline.realtime.Sessions;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What changes on node A takes effect on what is open on node B. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LiveAccessContract {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Crewline a;
  private final Crewline b;
  private final Duration limit;

  /**
   * @param limit how long it may take; more than promised, for machines that do other things too
   */
  LiveAccessContract(String redisUrl, Duration limit) {
    Map<String, String> settings =
        Map.of(
            "DATABASE_URL",
            TestPostgres.createDatabase(),
            "REDIS_URL",
            redisUrl,
            "CREWLINE_LIMITS",
            "off",
            "CREWLINE_DATABASE_POOL",
            "8");
    this.a = TestNode.start(settings);
    this.b = TestNode.start(settings);
    this.limit = limit;
  }

  @AfterAll
  void stop() {
    a.close();
    b.close();
  }

  Crewline[] nodes() {
    return new Crewline[] {a, b};
  }

  private void administer(String username, String change) {
    assertThat(Person.admin(a).call("PATCH", "/api/users/" + username, change).status())
        .isEqualTo(200);
  }

  /** An open socket on B. */
  private SocketClient socket(Person person) {
    SocketClient client = SocketClient.connect(b.port(), null);
    assertThat(client.call("connect", "token", person.token())).containsEntry("type", "connected");
    return client;
  }

  /** An open stream on B; completes with all that came when it ends. */
  private CompletableFuture<HttpResponse<String>> stream(Person person, String topic) {
    CompletableFuture<HttpResponse<String>> stream =
        HTTP.sendAsync(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + b.port() + "/api/events?topic=" + topic))
                .header("Accept", "text/event-stream")
                .header("Authorization", "Bearer " + person.token())
                .build(),
            BodyHandlers.ofString());
    await()
        .until(
            () ->
                b.context().getBean(Sessions.class).all().stream()
                    .anyMatch(session -> isStream(session, person.username())));
    return stream;
  }

  private static boolean isStream(Session session, String username) {
    Session.Login login = session.login();
    return session.transport().protocol().equals("sse")
        && login != null
        && login.identity().username().equals(username);
  }

  /** The status of a REST call to B. */
  private int statusOf(Person person) {
    return new Rest(b).get("/api/me", "Authorization", "Bearer " + person.token()).status();
  }

  private void soon(ThrowingRunnable assertion) {
    await().pollInterval(Duration.ofMillis(20)).atMost(limit).untilAsserted(assertion);
  }

  private void closesSoon(SocketClient client, int code) {
    long begin = System.nanoTime();
    assertThat(client.awaitClose().code()).isEqualTo(code);
    assertThat(System.nanoTime() - begin).isLessThan(limit.toNanos());
  }

  private void endsSoon(CompletableFuture<HttpResponse<String>> stream, int code) {
    assertThat(stream.orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS).join().body())
        .contains("event: close", "\"code\":" + code);
  }

  @Test
  void aDisabledUserIsCutOff() {
    Person leaver = Person.loggedIn(a, "leaver");
    leaver.post("/api/rooms", "{\"id\":\"left\"}");
    assertThat(statusOf(leaver)).isEqualTo(200);
    try (SocketClient client = socket(leaver)) {
      var stream = stream(leaver, "room:messaging:left");
      administer("leaver", "{\"disabled\":true}");
      closesSoon(client, 4403);
      endsSoon(stream, 4403);
    }
    soon(() -> assertThat(statusOf(leaver)).isEqualTo(401));
  }

  @Test
  void aNewRoleJudgesTheNextCommand() {
    Person author = Person.member(a, "author");
    Person riser = Person.member(a, "riser");
    author.post("/api/rooms", "{\"id\":\"roles\",\"members\":[\"riser\"]}");
    long message = author.say("messaging:roles", "delete me");
    try (SocketClient client = socket(riser)) {
      assertThat(client.call("deleteMessage", "messageId", message).toString())
          .contains("code=forbidden");
      administer("riser", "{\"role\":\"manager\"}");
      soon(
          () ->
              assertThat(client.call("deleteMessage", "messageId", message))
                  .containsEntry("type", "ok"));
      assertThat(client.await("user.updated").toString())
          .contains("role=manager", "changed=[role]");
    }
  }

  @Test
  void aRemovedMemberHearsNoMore() {
    Person owner = Person.member(a, "owner");
    Person removed = Person.member(a, "removed");
    owner.post("/api/rooms", "{\"id\":\"closed\",\"private\":true,\"members\":[\"removed\"]}");
    try (SocketClient client = socket(removed)) {
      client.call("channel.watch", "channel", "messaging:closed");
      var stream = stream(removed, "room:messaging:closed");
      long begin = System.nanoTime();
      owner.call("DELETE", "/api/rooms/messaging:closed/members/removed", "");
      owner.say("messaging:closed", "now that we are among us");
      client.await("removed");
      assertThat(System.nanoTime() - begin).isLessThan(limit.toNanos());
      assertThat(stream.orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS).join().body())
          .contains("event: removed")
          .doesNotContain("among us");
      assertThat(client.call("channel.watch", "channel", "messaging:closed").toString())
          .contains("code=notFound");
      assertThat(client.received().toString()).doesNotContain("among us");
    }
  }

  @Test
  void aRoomMadePrivateIsClosedToOutsiders() {
    Person owner = Person.member(a, "host");
    Person outsider = Person.member(a, "outsider");
    owner.post("/api/rooms", "{\"id\":\"open\"}");
    var stream = stream(outsider, "room:messaging:open");
    owner.call("PATCH", "/api/rooms/messaging:open", "{\"private\":true}");
    owner.say("messaging:open", "now that we are among us");
    assertThat(stream.orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS).join().body())
        .doesNotContain("among us");
    try (SocketClient client = socket(outsider)) {
      assertThat(client.call("channel.watch", "channel", "messaging:open").toString())
          .contains("code=notFound");
    }
  }

  /** A task, and who it is given to unless that is null. */
  private static long task(Person boss, String title, @Nullable Long employee) {
    return id(
        boss.post("/api/tasks", "{\"title\":\"%s\",\"employeeId\":%s}".formatted(title, employee)));
  }

  private static long employee(Person boss, String name, String username) {
    return id(
        boss.post(
            "/api/employees", "{\"name\":\"%s\",\"username\":\"%s\"}".formatted(name, username)));
  }

  private static long id(Rest.Answer created) {
    assertThat(created.status()).as(created.body()).isEqualTo(201);
    return ((Number) created.field("id")).longValue();
  }

  private static List<Object> titles(Map<String, Object> initialized) {
    return ((List<?>) Objects.requireNonNull(initialized.get("tasks")))
        .stream().map(task -> (Object) ((Map<?, ?>) task).get("title")).toList();
  }

  /**
   * Watches tasks again after a reset. Who does so before the node has judged the session anew is
   * reset once more, so this waits for that.
   */
  private Map<String, Object> watchAgain(SocketClient client, String username, Role role) {
    client.await("reset");
    await()
        .until(
            () ->
                b.context().getBean(Sessions.class).all().stream()
                    .map(Session::login)
                    .filter(Objects::nonNull)
                    .map(Session.Login::identity)
                    .anyMatch(
                        identity ->
                            identity.username().equals(username) && identity.role() == role));
    return client.call("tasks.watch");
  }

  @Test
  void whoIsPromotedOrDemotedIsResetAndThenSeesWhatTheNewRoleSees() {
    Person boss = Person.manager(a, "headofall");
    Person climber = Person.member(a, "climber");
    long own = employee(boss, "Climber", "climber");
    task(boss, "climb", own);
    task(boss, "hide", null);
    try (SocketClient client = socket(climber)) {
      Map<String, Object> asMember = client.call("tasks.watch");
      assertThat(titles(asMember)).contains("climb").doesNotContain("hide");

      administer("climber", "{\"role\":\"manager\"}");
      Map<String, Object> asManager = watchAgain(client, "climber", Role.MANAGER);
      assertThat(titles(asManager)).contains("climb", "hide");
      task(boss, "see all", null);
      client.await("task:created", event -> event.toString().contains("see all"));

      administer("climber", "{\"role\":\"member\"}");
      assertThat(titles(watchAgain(client, "climber", Role.MEMBER)))
          .contains("climb")
          .doesNotContain("hide");
      task(boss, "hide too", null);
      task(boss, "climb on", own);
      client.await("task:created", event -> event.toString().contains("climb on"));
      assertThat(client.received().toString()).doesNotContain("hide too");

      try (SocketClient later = SocketClient.connect(b.port(), null)) {
        assertThat(
                later.call(
                    "connect",
                    "token",
                    climber.token(),
                    "resume",
                    Map.of("tasks", Objects.requireNonNull(asManager.get("position")))))
            .containsEntry("type", "connected");
        later.await("reset");
        assertThat(later.received().toString()).doesNotContain("see all", "hide too", "climb on");
      }
    }
  }

  @Test
  void anEmployeeWhoIsGivenToAnotherUserTakesTheTasksAlong() {
    Person boss = Person.manager(a, "planner");
    Person before = Person.member(a, "before");
    Person after = Person.member(a, "after");
    long desk = employee(boss, "Desk", "before");
    task(boss, "wipe", desk);
    try (SocketClient old = socket(before);
        SocketClient next = socket(after)) {
      assertThat(titles(old.call("tasks.watch"))).containsExactly("wipe");
      assertThat(titles(next.call("tasks.watch"))).isEmpty();
      var stream = stream(before, "tasks");

      assertThat(boss.call("PATCH", "/api/employees/" + desk, "{\"username\":\"after\"}").status())
          .isEqualTo(200);
      old.await("reset");
      next.await("reset");
      assertThat(titles(old.call("tasks.watch"))).isEmpty();
      assertThat(titles(next.call("tasks.watch"))).containsExactly("wipe");
      assertThat(stream.orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS).join().body())
          .contains("event: reset");
    }
  }

  @Test
  void aPageOfEventsHoldsWhatTheReaderMaySee() {
    Person boss = Person.manager(a, "archivist");
    Person reader = Person.member(a, "reader");
    long own = employee(boss, "Reader", "reader");
    long other = employee(boss, "Other", "archivist");
    String begin = boss.get("/api/events?topic=tasks&limit=1000").text("position");
    long moved = task(boss, "moved", own);
    task(boss, "secret", null);
    boss.call("PATCH", "/api/tasks/" + moved, "{\"employeeId\":" + other + "}");
    task(boss, "last secret", null);

    Rest.Answer page =
        new Rest(b)
            .get(
                "/api/events?topic=tasks&limit=2&after=" + begin,
                "Authorization",
                "Bearer " + reader.token());
    assertThat(page.body())
        .contains("\"task:created\"", "\"task:deleted\"")
        .doesNotContain("secret", "\"Other\"");
    Rest.Answer rest =
        new Rest(b)
            .get(
                "/api/events?topic=tasks&after=" + page.text("position"),
                "Authorization",
                "Bearer " + reader.token());
    assertThat(rest.json()).containsEntry("events", List.of()).containsEntry("reset", false);
    assertThat(rest.text("position"))
        .isEqualTo(boss.get("/api/events?topic=tasks&limit=1000&after=" + begin).text("position"));
  }

  @Test
  void loggingOutEndsThatLoginAndNoOther() {
    Person laptop = Person.loggedIn(a, "traveller");
    Person phone = Person.loggedIn(a, "traveller");
    laptop.post("/api/rooms", "{\"id\":\"travels\"}");
    try (SocketClient onLaptop = socket(laptop);
        SocketClient onPhone = socket(phone)) {
      var stream = stream(laptop, "room:messaging:travels");
      laptop.logOut();
      closesSoon(onLaptop, 4401);
      endsSoon(stream, 4401);
      soon(() -> assertThat(statusOf(laptop)).isEqualTo(401));
      assertThat(onPhone.await("login.ended").toString()).contains("reason=loggedOut");
      assertThat(onPhone.call("refresh", "token", laptop.token()).toString())
          .contains("code=unauthenticated");
      assertThat(onPhone.call("countUnread")).containsEntry("type", "ok");
      assertThat(statusOf(phone)).isEqualTo(200);
    }
    try (SocketClient client = SocketClient.connect(b.port(), null)) {
      assertThat(client.call("connect", "token", laptop.token()).toString())
          .contains("code=unauthenticated");
    }
    try (SocketClient client = SocketClient.connect(b.port(), laptop.token())) {
      assertThat(client.awaitClose().code()).isEqualTo(4401);
    }
  }

  @Test
  void aRefreshTokenThatComesBackEndsItsLogin() {
    Person victim = Person.loggedIn(a, "victim");
    String again = "{\"refresh\":\"" + victim.refresh() + "\"}";
    String next = new Rest(a).post("/api/token/refresh", again).text("refresh");
    String used = "{\"refresh\":\"" + next + "\"}";
    assertThat(new Rest(a).post("/api/token/refresh", used).status()).isEqualTo(200);
    try (SocketClient client = socket(victim)) {
      assertThat(new Rest(a).post("/api/token/refresh", again).status()).isEqualTo(401);
      closesSoon(client, 4401);
    }
    soon(() -> assertThat(statusOf(victim)).isEqualTo(401));
  }

  @Test
  void aNewPasswordEndsAllLoginsBeforeIt() {
    Person careful = Person.loggedIn(a, "careful");
    try (SocketClient client = socket(careful)) {
      assertThat(
              careful
                  .call(
                      "PATCH",
                      "/api/me",
                      "{\"password\":\"a-new-password\",\"currentPassword\":\"password-of-careful\"}")
                  .status())
          .isEqualTo(200);
      Rest.Answer login =
          new Rest(a)
              .post("/api/token", "{\"username\":\"careful\",\"password\":\"a-new-password\"}");
      try (SocketClient next = SocketClient.connect(b.port(), login.text("access"))) {
        closesSoon(client, 4401);
        assertThat(next.call("countUnread")).containsEntry("type", "ok");
      }
    }
    soon(() -> assertThat(statusOf(careful)).isEqualTo(401));
  }

  @Test
  void noSessionSlipsThroughWhileItOpens() throws Exception {
    Person hasty = Person.loggedIn(a, "hasty");
    List<SocketClient> clients = new CopyOnWriteArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> opening = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        opening.add(
            threads.submit(() -> clients.add(SocketClient.connect(b.port(), hasty.token()))));
        if (i == 15) {
          opening.add(threads.submit(hasty::logOut));
        }
      }
      for (Future<?> each : opening) {
        each.get();
      }
      assertThat(clients).hasSize(30);
      assertThat(clients).allMatch(client -> client.awaitClose().code() == 4401);
    } finally {
      clients.forEach(SocketClient::close);
    }
  }
}
