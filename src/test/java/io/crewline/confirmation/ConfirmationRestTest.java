package io.crewline.confirmation;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.confirmation.Desk.Link;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class ConfirmationRestTest {
  private static final String GIF = "R0lGODdhAQABAIABAP8AAP///ywAAAAAAQABAAACAkQBADs=";

  private static Crewline node;
  private static Desk desk;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_PUBLIC_URL", "https://crew.example.com/"));
    desk = new Desk(node);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void aTokenIsShownOnceAndKeptNowhere() {
    long kim = desk.employee("Kim");
    Answer made = desk.boss.post("/api/confirmations", Desk.request(kim, desk.task("Seal", kim)));
    assertThat(made.status()).isEqualTo(201);
    String token = made.text("token");
    assertThat(token).matches("[A-Za-z0-9_-]{22,}");
    assertThat(made.text("url")).isEqualTo("https://crew.example.com/c/" + token);
    assertThat(Duration.between(Instant.now(), Instant.parse(made.text("expiresAt"))))
        .isBetween(Duration.ofDays(13), Duration.ofDays(14));
    Answer one = desk.boss.get("/api/confirmations/" + made.field("id"));
    assertThat(one.status()).isEqualTo(200);
    assertThat(one.body()).doesNotContain(token);
    assertThat(desk.boss.get("/api/confirmations").body()).doesNotContain(token);
    Database database = node.context().getBean(Database.class);
    List<String> rows =
        database.transaction(
            () ->
                database.query(
                    """
                    SELECT row_to_json(t)::text AS row FROM confirmation t
                    UNION ALL SELECT row_to_json(t)::text FROM event t
                    UNION ALL SELECT row_to_json(t)::text FROM idempotency_key t
                    """,
                    row -> row.getString("row")));
    assertThat(rows).isNotEmpty().noneMatch(row -> row.contains(token));
  }

  @Test
  void linksAreForManagersOnly() {
    Person member = Person.member(node, "mia");
    assertThat(member.post("/api/confirmations", Desk.request(1, 1)).status()).isEqualTo(403);
    assertThat(member.get("/api/confirmations").status()).isEqualTo(403);
    assertThat(member.get("/api/confirmations/1").status()).isEqualTo(403);
    assertThat(member.call("DELETE", "/api/confirmations/1", "").status()).isEqualTo(403);
    assertThat(desk.rest.get("/api/confirmations").status()).isEqualTo(401);
  }

  @Test
  void aTaskOfNobodyIsAssignedAndOneOfAnotherIsRefusedByName() {
    long kim = desk.employee("Kim");
    long lou = desk.employee("Lou");
    long free = desk.task("Free", null);
    long others = desk.task("Taken", lou);
    Answer refused = desk.boss.post("/api/confirmations", Desk.request(kim, free, others));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.body()).contains("taskIds[1]").contains("task " + others).contains("Lou");
    assertThat(desk.task(free).get("employee")).isNull();
    long before = desk.events("tasks", "task:updated");
    desk.link(kim, free);
    assertThat(desk.task(free)).containsEntry("status", "assigned");
    assertThat(desk.task(free).get("employee")).isEqualTo(Map.of("id", (int) kim, "name", "Kim"));
    assertThat(desk.events("tasks", "task:updated")).isEqualTo(before + 1);
  }

  @Test
  void badInputIsNamed() {
    long kim = desk.employee("Kim");
    long task = desk.task("Seal", kim);
    String body = "{\"employeeId\":%d,\"taskIds\":[%d],\"expiresAt\":\"%s\"}";
    bad("employeeId", "{\"taskIds\":[1]}");
    bad("taskIds", "{\"employeeId\":" + kim + "}");
    bad("taskIds", "{\"employeeId\":" + kim + ",\"taskIds\":[]}");
    bad("taskIds", "{\"employeeId\":" + kim + ",\"taskIds\":[null]}");
    bad("taskIds[0]", Desk.request(kim, 987_654));
    bad("employeeId", Desk.request(987_654, task));
    bad("expiresAt", body.formatted(kim, task, Instant.now().minusSeconds(5)));
    bad("expiresAt", body.formatted(kim, task, Instant.now().plus(Duration.ofDays(91))));
    assertThat(
            desk.boss
                .post("/api/confirmations", body.formatted(kim, task, Instant.now().plusSeconds(5)))
                .status())
        .isEqualTo(201);
  }

  private static void bad(String field, String json) {
    Answer answer = desk.boss.post("/api/confirmations", json);
    assertThat(answer.status()).as(json).isEqualTo(400);
    assertThat(answer.body()).contains("\"field\":\"" + field);
  }

  @Test
  void listGoesByCursorTheNewestFirst() {
    Link first = desk.link("One");
    Link second = desk.link("Two");
    Answer page = desk.boss.get("/api/confirmations?limit=1");
    assertThat(page.body()).contains("\"id\":" + second.id());
    Answer next = desk.boss.get("/api/confirmations?limit=1&cursor=" + page.text("nextCursor"));
    assertThat(next.body()).contains("\"id\":" + first.id());
    assertThat(desk.boss.get("/api/confirmations?cursor=YWRh").status()).isEqualTo(400);
  }

  @Test
  void everyChangeByLinkIsAnEventOfTheEmployeeAndItsMakerSeesTheProgress() {
    long kim = desk.employee("Kim Field");
    long seal = desk.task("Seal", kim);
    long valve = desk.task("Valve", kim);
    try (SocketClient maker = SocketClient.connect(node.port(), desk.boss.token())) {
      maker.call("connect");
      maker.call("tasks.watch");
      Link link = desk.link(kim, seal, valve);
      Answer acknowledged = desk.rest.post(link.api("/acknowledge"), "");
      assertThat(acknowledged.status()).isEqualTo(200);
      assertThat(acknowledged.json().get("acknowledgedAt")).isNotNull();
      for (long each : List.of(seal, valve)) {
        Map<String, Object> data = data(maker.await("task:updated"));
        assertThat(data.get("by"))
            .isEqualTo(Map.of("kind", "employee", "id", Long.toString(kim), "name", "Kim Field"));
        assertThat(data.get("task"))
            .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
            .containsEntry("id", (int) each)
            .containsEntry("status", "acknowledged");
      }
      Map<String, Object> first = data(maker.await("confirmation.updated"));
      assertThat(first.get("acknowledgedAt")).isEqualTo(acknowledged.json().get("acknowledgedAt"));
      assertThat(first.get("progress"))
          .isEqualTo(Map.of("tasks", 2, "acknowledged", 2, "inProgress", 0, "done", 0));
      Answer done = desk.put(link, seal, "{\"status\":\"done\",\"note\":\"It holds.\"}");
      assertThat(done.status()).as(done.body()).isEqualTo(200);
      assertThat(done.json()).containsEntry("status", "done").containsEntry("id", (int) seal);
      assertThat(done.body()).contains("It holds.");
      assertThat(data(maker.await("task:updated")).get("changed"))
          .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
          .containsExactlyInAnyOrder("status", "notes", "completedAt");
      Map<String, Object> second = data(maker.await("confirmation.updated"));
      assertThat(second.get("progress"))
          .isEqualTo(Map.of("tasks", 2, "acknowledged", 2, "inProgress", 0, "done", 1));
      assertThat(second).isEqualTo(desk.boss.get("/api/confirmations/" + link.id()).json());
      assertThat(maker.received())
          .extracting(frame -> data(frame).get("notification"))
          .extracting("kind")
          .containsExactly("confirmationAcknowledged", "taskDone");
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> data(Map<String, Object> event) {
    return (Map<String, Object>) Objects.requireNonNull(event.get("data"));
  }

  @Test
  void aStatusThatMayNotFollowIsRefusedNamingThoseThatMay() {
    Link link = desk.link("Seal");
    long task = desk.taskOf(link);
    for (String status : List.of("open", "cancelled")) {
      Answer answer = desk.put(link, task, "{\"status\":\"" + status + "\"}");
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.text("code")).isEqualTo("statusNotAllowed");
      assertThat(answer.text("detail")).contains("acknowledged, inProgress, done");
      assertThat(answer.json().get("allowed"))
          .isEqualTo(List.of("acknowledged", "inProgress", "done"));
    }
    assertThat(desk.put(link, task, "{\"status\":\"over\"}").status()).isEqualTo(400);
    assertThat(desk.put(link, task, "{}").status()).isEqualTo(400);
    assertThat(desk.put(link, 987_654, "{\"status\":\"done\"}").status()).isEqualTo(404);
    assertThat(desk.put(link, task, "{\"status\":\"done\"}").status()).isEqualTo(200);
    assertThat(desk.put(link, task, "{\"status\":\"inProgress\"}").status()).isEqualTo(200);
  }

  @Test
  void unknownExpiredRevokedAndThoseOfDisabledPeopleLookTheSame() {
    Link expired = desk.link("Expired");
    desk.sql("UPDATE confirmation SET expires_at = now() WHERE id = ?", expired.id());
    Link revoked = desk.link("Revoked");
    for (int i = 0; i < 2; i++) {
      assertThat(desk.boss.call("DELETE", "/api/confirmations/" + revoked.id(), "").status())
          .isEqualTo(204);
    }
    assertThat(desk.boss.call("DELETE", "/api/confirmations/987654", "").status()).isEqualTo(404);
    Person.member(node, "gone");
    Link disabled = desk.link("Disabled");
    desk.sql(
        """
        UPDATE employee SET username = 'gone'
        WHERE id = (SELECT employee_id FROM confirmation WHERE id = ?)
        """,
        disabled.id());
    assertThat(desk.rest.get(disabled.api("")).status()).isEqualTo(200);
    Person.admin(node).call("PATCH", "/api/users/gone", "{\"disabled\":true}");
    Link unknown = new Link(0, "AAAAAAAAAAAAAAAAAAAAAA", "");
    for (Link link : List.of(unknown, expired, revoked, disabled)) {
      Answer answer = desk.rest.get(link.api(""));
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.text("code")).isEqualTo("confirmationNotFound");
      assertThat(answer.body()).isEqualTo(desk.rest.get(unknown.api("")).body());
      assertThat(answer.response().headers().map().keySet())
          .isEqualTo(desk.rest.get(unknown.api("")).response().headers().map().keySet());
      assertThat(desk.rest.post(link.api("/acknowledge"), "").body()).isEqualTo(answer.body());
      assertThat(desk.put(link, 1, "{\"status\":\"done\"}").body()).isEqualTo(answer.body());
      assertThat(desk.rest.get(link.page("")).status()).isEqualTo(404);
    }
  }

  @Test
  void aTaskThatIsReassignedOrDeletedLeavesTheLinkForGood() {
    long kim = desk.employee("Kim");
    long lou = desk.employee("Lou");
    long moved = desk.task("Moved", kim);
    long deleted = desk.task("Deleted", kim);
    long renamed = desk.task("Renamed", kim);
    Link link = desk.link(kim, moved, deleted, renamed);
    assertThat(desk.tasks(link)).hasSize(3);
    String task = "/api/tasks/" + moved;
    assertThat(desk.boss.call("PATCH", task, "{\"employeeId\":" + lou + "}").status())
        .isEqualTo(200);
    assertThat(desk.boss.call("DELETE", "/api/tasks/" + deleted, "").status()).isEqualTo(204);
    desk.boss.call("PATCH", "/api/employees/" + kim, "{\"name\":\"Kimberley\"}");
    assertThat(desk.tasks(link)).extracting(each -> each.get("id")).containsExactly((int) renamed);
    assertThat(desk.put(link, moved, "{\"status\":\"done\"}").status()).isEqualTo(404);
    assertThat(desk.put(link, deleted, "{\"status\":\"done\"}").status()).isEqualTo(404);
    desk.boss.call("PATCH", task, "{\"employeeId\":" + kim + "}");
    assertThat(desk.put(link, moved, "{\"status\":\"done\"}").status()).isEqualTo(404);
    desk.boss.call("DELETE", "/api/tasks/" + renamed, "");
    Answer empty = desk.rest.get(link.api(""));
    assertThat(empty.status()).isEqualTo(200);
    assertThat(empty.json().get("tasks")).isEqualTo(List.of());
    assertThat(empty.body()).contains("Kimberley");
    assertThat(desk.rest.get(link.page("")).body()).contains("no tasks on this link");
    assertThat(desk.boss.get("/api/confirmations/" + link.id()).body()).contains("\"tasks\":0");
  }

  @Test
  void aRepeatedCreationMakesNoSecondLink() {
    long kim = desk.employee("Kim");
    String body = Desk.request(kim, desk.task("Seal", kim));
    String[] headers = {
      "Authorization", "Bearer " + desk.boss.token(), "Idempotency-Key", "create-once"
    };
    Answer first = desk.rest.post("/api/confirmations", body, headers);
    assertThat(first.status()).isEqualTo(201);
    Answer second = desk.rest.post("/api/confirmations", body, headers);
    assertThat(second.status()).isEqualTo(409);
    assertThat(second.text("detail")).contains("took effect");
    assertThat(desk.boss.items("/api/confirmations?limit=200"))
        .filteredOn(each -> String.valueOf(each.get("employee")).contains("id=" + kim + ","))
        .hasSize(1);
  }

  @Test
  void answersOfLinksAreKeptNowhereAndTellNoOther() {
    Link link = desk.link("Seal");
    for (String path : List.of(link.api(""), link.page(""), "/c/none", "/api/confirm/none")) {
      Answer answer = desk.rest.get(path);
      assertThat(answer.header("Cache-Control")).as(path).isEqualTo("no-store");
      assertThat(answer.header("Referrer-Policy")).as(path).isEqualTo("no-referrer");
      assertThat(answer.header("X-Robots-Tag")).as(path).contains("noindex");
    }
  }

  @Test
  void whoeverTriesManyLinksOrUsesOneTooMuchHasToWait() {
    try (Crewline small = TestNode.start(Map.of("CREWLINE_LIMIT_LINK", "2"))) {
      Desk own = new Desk(small);
      Link link = own.link("Seal");
      Rest rest = new Rest(small);
      Answer last = rest.get(link.api(""));
      for (int i = 0; i < 100 && last.status() == 200; i++) {
        last = rest.get(link.api(""));
      }
      assertThat(last.status()).isEqualTo(429);
      assertThat(last.header("Retry-After")).isNotEmpty();
      assertThat(rest.get(link.page(""), "Accept-Language", "de").body())
          .contains("Zu viele Anfragen");
      last = rest.get("/api/confirm/none-0");
      for (int i = 1; i < 30 && last.status() == 404; i++) {
        last = rest.get("/api/confirm/none-" + i);
      }
      assertThat(last.status()).isEqualTo(429);
    }
  }

  @Test
  void linksThatDoNotExistKeepNobodyFromThoseThatDo() {
    Map<String, String> settings = Map.of("CREWLINE_LIMIT_LINK", "20");
    try (Crewline small = TestNode.start(settings)) {
      Desk own = new Desk(small);
      Link link = own.link("Seal");
      Rest rest = new Rest(small);
      Answer last = rest.get("/api/confirm/none");
      for (int i = 1; i < 100 && last.status() == 404; i++) {
        last = rest.get((i % 2 == 0 ? "/api/confirm/none-" : "/c/none-") + i);
      }
      assertThat(last.status()).isEqualTo(429);
      assertThat(rest.get(link.api("")).status()).isEqualTo(200);
      assertThat(rest.get(link.page("")).status()).isEqualTo(200);
      assertThat(rest.post(link.api("/acknowledge"), "{}").status()).isEqualTo(200);
      assertThat(rest.get("/api/confirm/none").status()).isEqualTo(429);
    }
  }

  @Test
  void onlyTrustedProxiesSayHowTheServiceIsReached() {
    Map<String, String> settings = Map.of("CREWLINE_TRUSTED_PROXIES", "127.0.0.0/8");
    String[] forwarded = {"X-Forwarded-Host", "proxy.example.com", "X-Forwarded-Proto", "https"};
    try (Crewline alone = TestNode.start();
        Crewline behind = TestNode.start(settings)) {
      assertThat(made(new Desk(alone), forwarded))
          .startsWith("http://127.0.0.1:" + alone.port() + "/c/");
      assertThat(made(new Desk(behind), forwarded)).startsWith("https://proxy.example.com/c/");
    }
  }

  private static String made(Desk from, String... headers) {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = "Authorization";
    all[headers.length + 1] = "Bearer " + from.boss.token();
    long employee = from.employee("Kim");
    return from.rest
        .post("/api/confirmations", Desk.request(employee, from.task("Seal", employee)), all)
        .text("url");
  }

  @Test
  void aPhotoByLinkIsAddedOnceAndCanBeSeenByItsLinkOnly() {
    Link link = desk.link("Seal");
    Link other = desk.link("Valve");
    String path = link.api("/task/" + desk.taskOf(link) + "/images");
    String gif = new String(Base64.getDecoder().decode(GIF), StandardCharsets.ISO_8859_1);
    byte[] form =
        ("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" + gif + "\r\n--b--\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    String[] headers = {
      "Content-Type", "multipart/form-data; boundary=b", "Idempotency-Key", "photo-1"
    };
    long before = desk.events("tasks", "task:updated");
    Answer added = desk.rest.call("POST", path, form, headers);
    assertThat(added.status()).as(added.body()).isEqualTo(200);
    Answer repeat = desk.rest.call("POST", path, form, headers);
    assertThat(repeat.body()).isEqualTo(added.body());
    assertThat(desk.events("tasks", "task:updated")).isEqualTo(before + 1);
    Map<?, ?> image = (Map<?, ?>) ((List<?>) added.field("images")).getFirst();
    String url = String.valueOf(image.get("url"));
    assertThat(url).isEqualTo(link.api("/images/" + image.get("id")));
    assertThat(desk.rest.get(url).status()).isEqualTo(200);
    assertThat(desk.rest.get(String.valueOf(image.get("thumbnailUrl"))).status()).isEqualTo(200);
    assertThat(desk.rest.get(other.api("/images/" + image.get("id"))).status()).isEqualTo(404);
    assertThat(desk.rest.get("/api/attachments/" + image.get("id")).status()).isEqualTo(401);
    desk.boss.call("DELETE", "/api/confirmations/" + link.id(), "");
    assertThat(desk.rest.get(url).text("code")).isEqualTo("confirmationNotFound");
  }
}
