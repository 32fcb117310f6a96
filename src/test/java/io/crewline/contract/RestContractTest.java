package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.crewline.Crewline;
import io.crewline.contract.RestJudge.Operation;
import io.crewline.task.Actor;
import io.crewline.task.TaskService;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What {@code /openapi.yml} promises is what a node answers, and nothing else. */
final class RestContractTest {
  private static final String ROOM = "/api/rooms/messaging:contract";
  private static final byte[] IMAGE =
      Base64.getDecoder().decode("R0lGODdhAQABAIABAP8AAP///ywAAAAAAQABAAACAkQBADs=");

  /** The beginning of a PNG of 65,535 pixels each way. */
  private static final byte[] BOMB =
      Base64.getDecoder().decode("iVBORw0KGgoAAAANSUhEUgAA//8AAP//CAYAAAAAAAAA");

  /** Answers that a test cannot provoke at will. */
  private static final Set<String> NOT_PROVOKED =
      Set.of(
          // Only while the first call with the same Idempotency-Key runs.
          "addMembers 409",
          "markRead 409",
          "markNotificationRead 409",
          "markAllNotificationsRead 409",
          "createWebhook 409",
          "rotateWebhookSecret 409",
          "pingWebhook 409",
          "replayWebhookDelivery 409",
          "replayWebhookDeadLetters 409",
          "createTask 409",
          "addTaskNote 409",
          "createSystem 409",
          "uploadAttachment 409",
          "addTaskImage 409");

  private static Crewline node;
  private static ApiDocument document;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_WEBHOOK_ALLOW", "127.0.0.9"));
    document = ApiDocument.load(node, "/openapi.yml");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void everyAnswerIsAsDocumentedAndEveryDocumentedAnswerIsGiven() {
    Scenario scenario = new Scenario();
    scenario.tokens();
    scenario.users();
    scenario.rooms();
    scenario.messages();
    scenario.attachments();
    scenario.tasks();
    scenario.systemsAndEmployees();
    scenario.confirmations();
    scenario.events();
    scenario.notifications();
    scenario.webhooks();
    scenario.faultsOfEveryOperation();
    scenario.leaving();
    scenario.tooManyFailures();
    scenario.tooManyGuesses();
    assertThat(scenario.judge.faults()).isEmpty();
    assertThat(scenario.judge.missing())
        .filteredOn(answer -> !answer.endsWith(" 503"))
        .containsExactlyInAnyOrderElementsOf(NOT_PROVOKED);
  }

  @Test
  void everyOperationIsDescribedWithExamplesThatFitTheirSchemas() {
    List<String> faults = new ArrayList<>();
    for (Operation operation : new RestJudge(node, document).operations()) {
      JsonNode found = operation.node();
      for (String text : List.of("operationId", "summary", "description")) {
        if (found.path(text).asText().isBlank()) {
          faults.add(operation.path() + " has no " + text);
        }
      }
      if (operation.hasBody()) {
        checkContent(operation.id() + " request", found.path("requestBody"), faults);
      }
      JsonNode responses = found.path("responses");
      for (String status : ApiDocument.fieldNames(responses)) {
        JsonNode answer = document.resolve(responses.path(status));
        if (!status.equals("204")) {
          checkContent(operation.id() + " " + status, answer, faults);
        }
      }
      for (JsonNode parameter : found.path("parameters")) {
        JsonNode one = document.resolve(parameter);
        String what = operation.id() + " " + one.path("name").asText();
        if (one.path("description").asText().isBlank()) {
          faults.add(what + " has no description");
        }
        check(what, one.path("schema"), one.path("example"), faults);
      }
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void examplesOfSchemasFitThem() {
    List<String> faults = new ArrayList<>();
    JsonNode schemas = document.root().at("/components/schemas");
    for (String name : ApiDocument.fieldNames(schemas)) {
      JsonNode example = schemas.path(name).path("example");
      if (!example.isMissingNode()) {
        check(name, schemas.path(name), example, faults);
      }
    }
    assertThat(faults).isEmpty();
    assertThat(ApiDocument.fieldNames(schemas))
        .noneMatch(name -> name.contains("."))
        .doesNotContain("Identity");
  }

  private static void checkContent(String what, JsonNode holder, List<String> faults) {
    JsonNode content = holder.path("content");
    if (content.isEmpty()) {
      faults.add(what + " has no content");
    }
    for (String type : ApiDocument.fieldNames(content)) {
      if (!type.endsWith("json")) {
        continue;
      }
      JsonNode named = content.path(type).path("examples").path("example").path("value");
      JsonNode example = content.path(type).path("example");
      check(
          what,
          content.path(type).path("schema"),
          example.isMissingNode() ? named : example,
          faults);
    }
  }

  private static void check(String what, JsonNode schema, JsonNode example, List<String> faults) {
    if (example.isMissingNode()) {
      faults.add(what + " has no example");
      return;
    }
    document
        .faults(schema, example)
        .forEach(fault -> faults.add(what + ": the example does not fit: " + fault));
  }

  /** Calls in an order in which each finds what it needs. */
  private static final class Scenario {
    private final RestJudge judge = new RestJudge(node, document);
    private final String admin;
    private final String boss = Person.manager(node, "boss").token();
    private final String dave = Person.member(node, "dave").token();
    private final String ada = Person.member(node, "ada").token();
    private final String kim = Person.member(node, "kim").token();
    private long messageId;
    private String link = "";
    private String linkTask = "";

    Scenario() {
      Answer login =
          judge.call(
              "POST",
              "/api/token",
              "{\"username\":\"admin\",\"password\":\"" + TestNode.ADMIN_PASSWORD + "\"}",
              "Content-Type",
              "application/json");
      this.admin = login.text("access");
    }

    private Answer call(String token, String method, String path, String body) {
      return body.isEmpty()
          ? judge.call(method, path, body, "Authorization", "Bearer " + token)
          : judge.call(
              method,
              path,
              body,
              "Authorization",
              "Bearer " + token,
              "Content-Type",
              "application/json");
    }

    private void expect(int status, Answer answer) {
      assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    }

    void tokens() {
      Answer login =
          call(
              "", "POST", "/api/token", "{\"username\":\"admin\",\"password\":\"admin-password\"}");
      expect(200, login);
      String refresh = "{\"refresh\":\"" + login.text("refresh") + "\"}";
      Answer refreshed = call("", "POST", "/api/token/refresh", refresh);
      expect(200, refreshed);
      String next = "{\"refresh\":\"" + refreshed.text("refresh") + "\"}";
      expect(200, call("", "POST", "/api/token/refresh", next));
      expect(401, call("", "POST", "/api/token/refresh", refresh));
      expect(204, call("", "POST", "/api/token/revoke", refresh));
      String wrong = "{\"username\":\"admin\",\"password\":\"wrong-password\"}";
      expect(401, call("", "POST", "/api/token", wrong));
    }

    void users() {
      String user =
          "{\"username\":\"una\",\"password\":\"password-of-una\",\"displayName\":\"Una\",\"role\":\"manager\"}";
      expect(201, call(admin, "POST", "/api/users", user));
      expect(409, call(admin, "POST", "/api/users", user));
      expect(403, call(dave, "POST", "/api/users", user));
      expect(200, call(admin, "GET", "/api/users?limit=2", ""));
      expect(403, call(dave, "GET", "/api/users", ""));
      expect(200, call(admin, "GET", "/api/users/una", ""));
      expect(403, call(dave, "GET", "/api/users/una", ""));
      expect(404, call(admin, "GET", "/api/users/nobody", ""));
      expect(
          200, call(admin, "PATCH", "/api/users/una", "{\"role\":\"member\",\"disabled\":true}"));
      expect(403, call(dave, "PATCH", "/api/users/una", "{}"));
      expect(404, call(admin, "PATCH", "/api/users/nobody", "{}"));
      expect(409, call(admin, "PATCH", "/api/users/admin", "{\"role\":\"member\"}"));
      expect(200, call(dave, "GET", "/api/me", ""));
      expect(200, call(dave, "PATCH", "/api/me", "{\"displayName\":\"Dave\"}"));
      expect(400, call(dave, "PATCH", "/api/me", "{\"password\":\"another-password\"}"));
    }

    void rooms() {
      String room =
          "{\"id\":\"contract\",\"name\":\"Contract\",\"private\":true,\"members\":[\"ada\"]}";
      expect(201, call(dave, "POST", "/api/rooms", room));
      expect(201, call(dave, "POST", "/api/rooms", "{}"));
      expect(409, call(ada, "POST", "/api/rooms", room));
      expect(200, call(dave, "GET", "/api/rooms?limit=1", ""));
      expect(200, call(dave, "GET", ROOM, ""));
      expect(404, call(kim, "GET", ROOM, ""));
      expect(200, call(dave, "PATCH", ROOM, "{\"name\":\"The contract\"}"));
      expect(403, call(ada, "PATCH", ROOM, "{\"private\":false}"));
      expect(404, call(kim, "PATCH", ROOM, "{\"private\":false}"));
      expect(403, call(ada, "DELETE", ROOM, ""));
      expect(404, call(kim, "DELETE", ROOM, ""));
      expect(200, call(dave, "GET", ROOM + "/members?limit=1", ""));
      expect(404, call(kim, "GET", ROOM + "/members", ""));
      expect(201, call(dave, "POST", ROOM + "/members", "{\"members\":[\"boss\"]}"));
      expect(403, call(ada, "POST", ROOM + "/members", "{\"username\":\"kim\"}"));
      expect(404, call(kim, "POST", ROOM + "/members", "{\"username\":\"kim\"}"));
    }

    void messages() {
      String send = "{\"text\":\"@ada hello\",\"clientId\":\"c1\"}";
      Answer sent = call(dave, "POST", ROOM + "/messages", send);
      expect(201, sent);
      messageId = ((Number) sent.field("id")).longValue();
      expect(200, call(dave, "POST", ROOM + "/messages", send));
      String other = "{\"text\":\"another\",\"clientId\":\"c1\"}";
      expect(409, call(dave, "POST", ROOM + "/messages", other));
      String reply = "{\"text\":\"hello dave\",\"replyTo\":" + messageId + "}";
      expect(201, call(ada, "POST", ROOM + "/messages", reply));
      expect(404, call(kim, "POST", ROOM + "/messages", send));
      expect(200, call(ada, "GET", "/api/unread", ""));
      expect(200, call(boss, "GET", "/api/unread", ""));
      expect(200, call(boss, "GET", ROOM, ""));
      expect(200, call(ada, "GET", ROOM + "/messages?limit=1", ""));
      expect(200, call(ada, "GET", ROOM + "/messages?around=" + messageId, ""));
      expect(404, call(kim, "GET", ROOM + "/messages", ""));
      String message = "/api/messages/" + messageId;
      expect(200, call(ada, "GET", message, ""));
      expect(404, call(kim, "GET", message, ""));
      expect(200, call(dave, "PATCH", message, "{\"text\":\"@boss hello\"}"));
      expect(403, call(ada, "PATCH", message, "{\"text\":\"mine\"}"));
      expect(404, call(kim, "PATCH", message, "{\"text\":\"mine\"}"));
      expect(200, call(boss, "POST", ROOM + "/read", "{\"messageId\":" + messageId + "}"));
      expect(200, call(boss, "POST", ROOM + "/read", ""));
      expect(404, call(kim, "POST", ROOM + "/read", ""));
      expect(403, call(ada, "DELETE", message, ""));
      expect(404, call(kim, "DELETE", message, ""));
      expect(200, call(boss, "DELETE", message, ""));
      expect(409, call(dave, "PATCH", message, "{\"text\":\"again\"}"));
      expect(200, call(dave, "GET", ROOM + "/messages", ""));
    }

    void tasks() {
      expect(201, call(boss, "POST", "/api/systems", "{\"name\":\"Pump 3\"}"));
      expect(201, call(boss, "POST", "/api/employees", "{\"name\":\"A\",\"username\":\"ada\"}"));
      expect(403, call(ada, "POST", "/api/tasks", "{\"title\":\"Mine\"}"));
      String body = "{\"title\":\"Seal\",\"systemId\":1,\"employeeId\":1}";
      Answer created = call(boss, "POST", "/api/tasks", body);
      expect(201, created);
      String task = "/api/tasks/" + created.field("id");
      expect(200, call(ada, "GET", task, ""));
      expect(404, call(kim, "GET", task, ""));
      expect(201, call(ada, "POST", task + "/notes", "{\"text\":\"It drips\"}"));
      expect(404, call(kim, "POST", task + "/notes", "{\"text\":\"It drips\"}"));
      expect(200, call(boss, "GET", "/api/tasks?limit=1&sort=dueAt", ""));
      expect(200, call(ada, "PATCH", task, "{\"status\":\"done\"}"));
      expect(403, call(ada, "PATCH", task, "{\"title\":\"Mine\"}"));
      expect(404, call(kim, "PATCH", task, "{\"status\":\"done\"}"));
      expect(409, call(boss, "PATCH", task, "{\"title\":\"Stale\",\"version\":1}"));
      expect(422, call(boss, "PATCH", task, "{\"status\":\"open\"}"));
      expect(200, call(boss, "PUT", task, body));
      expect(403, call(ada, "PUT", task, body));
      expect(404, call(kim, "PUT", task, body));
      expect(409, call(boss, "PUT", task, "{\"title\":\"Stale\",\"version\":1}"));
      expect(422, call(boss, "PUT", task, "{\"title\":\"Seal\",\"status\":\"cancelled\"}"));
      images(task);
      expect(403, call(ada, "DELETE", task, ""));
      expect(404, call(kim, "DELETE", task, ""));
      String[] stale = {"Authorization", "Bearer " + boss, "If-Match", "\"1\""};
      expect(409, judge.call("DELETE", task, "", stale));
    }

    private void images(String task) {
      String images = task + "/images";
      expect(400, uploadTo(images, ada, new byte[0]));
      expect(415, uploadTo(images, ada, "no image".getBytes(StandardCharsets.UTF_8)));
      expect(413, uploadTo(images, ada, BOMB));
      expect(404, uploadTo(images, kim, IMAGE));
      Answer added = uploadTo(images, ada, IMAGE);
      expect(201, added);
      String[] key = {"Idempotency-Key", "contract-image"};
      expect(400, uploadTo(images, ada, new byte[0], key));
      expect(422, uploadTo(images + "?other", ada, new byte[0], key));
      expect(200, call(ada, "GET", task, ""));
      expect(200, call(ada, "GET", added.text("url"), ""));
      expect(404, call(kim, "GET", added.text("url"), ""));
      Answer stored = upload(boss, "", IMAGE);
      expect(201, stored);
      long id = Long.parseLong(task.substring(task.lastIndexOf('/') + 1));
      node.context()
          .getBean(TaskService.class)
          .addImage(id, ((Number) stored.field("id")).longValue(), Actor.employee(1, "A"));
      String image = images + "/" + stored.field("id");
      expect(403, call(ada, "DELETE", image, ""));
      expect(404, call(kim, "DELETE", image, ""));
      expect(204, call(boss, "DELETE", image, ""));
    }

    /** On what the tasks have made. */
    void systemsAndEmployees() {
      expect(200, call(boss, "GET", "/api/systems?limit=1", ""));
      expect(200, call(boss, "GET", "/api/employees?limit=1", ""));
      expect(201, call(boss, "POST", "/api/employees", "{\"name\":\"B\"}"));
      for (String path : List.of("/api/systems", "/api/employees")) {
        String one = path + "/1";
        expect(403, call(ada, "POST", path, "{\"name\":\"Mine\"}"));
        expect(200, call(ada, "GET", one, ""));
        expect(404, call(kim, "GET", one, ""));
        expect(200, call(boss, "PATCH", one, "{\"name\":\"Another\"}"));
        expect(403, call(ada, "PATCH", one, "{\"name\":\"Mine\"}"));
        expect(404, call(kim, "PATCH", one, "{\"name\":\"Mine\"}"));
        expect(403, call(ada, "PUT", one, "{\"name\":\"Mine\"}"));
        expect(404, call(kim, "PUT", one, "{\"name\":\"Mine\"}"));
        expect(403, call(ada, "DELETE", one, ""));
        expect(404, call(kim, "DELETE", one, ""));
      }
      String taken = "{\"name\":\"B\",\"username\":\"ada\"}";
      expect(409, call(boss, "POST", "/api/employees", taken));
      expect(409, call(boss, "PATCH", "/api/employees/2", taken));
      expect(409, call(boss, "PUT", "/api/employees/2", taken));
      expect(200, call(boss, "PUT", "/api/systems/1", "{\"name\":\"Pump 3\"}"));
      expect(200, call(boss, "PUT", "/api/employees/1", "{\"name\":\"Ada\"}"));
      expect(204, call(boss, "DELETE", "/api/systems/1", ""));
      expect(204, call(boss, "DELETE", "/api/employees/1", ""));
      expect(204, call(boss, "DELETE", "/api/tasks/1", ""));
    }

    void confirmations() {
      Answer kim = call(boss, "POST", "/api/employees", "{\"name\":\"Kim\"}");
      String body = "{\"title\":\"Seal\",\"employeeId\":" + kim.field("id") + "}";
      linkTask = String.valueOf(call(boss, "POST", "/api/tasks", body).field("id"));
      String wanted = "{\"employeeId\":" + kim.field("id") + ",\"taskIds\":[" + linkTask + "]}";
      Answer made = call(boss, "POST", "/api/confirmations", wanted);
      expect(201, made);
      link = made.text("token");
      expect(403, call(ada, "POST", "/api/confirmations", wanted));
      String[] once = {
        "Authorization",
        "Bearer " + boss,
        "Content-Type",
        "application/json",
        "Idempotency-Key",
        "link-once"
      };
      expect(201, judge.call("POST", "/api/confirmations", wanted, once));
      expect(409, judge.call("POST", "/api/confirmations", wanted, once));
      expect(200, call(boss, "GET", "/api/confirmations?limit=1", ""));
      expect(403, call(ada, "GET", "/api/confirmations", ""));
      for (String method : List.of("GET", "DELETE")) {
        expect(403, call(ada, method, "/api/confirmations/1", ""));
        expect(404, call(boss, method, "/api/confirmations/987654", ""));
      }
      String path = "/api/confirm/" + link;
      expect(200, judge.call("GET", path, ""));
      expect(200, judge.call("POST", path + "/acknowledge", ""));
      String task = path + "/task/" + linkTask;
      String[] json = {"Content-Type", "application/json"};
      expect(200, judge.call("PUT", task, "{\"status\":\"done\",\"note\":\"Tight.\"}", json));
      expect(422, judge.call("PUT", task, "{\"status\":\"cancelled\"}", json));
      String[] keyed = {"Content-Type", "application/json", "Idempotency-Key", "link-key"};
      expect(200, judge.call("PUT", task, "{\"status\":\"inProgress\"}", keyed));
      byte[] image = Base64.getDecoder().decode("R0lGODdhAQABAIABAP8AAP///ywAAAAAAQABAAACAkQBADs=");
      byte[] bomb = Base64.getDecoder().decode("iVBORw0KGgoAAAANSUhEUgAA//8AAP//CAYAAAAAAAAA");
      expect(200, uploadTo(task + "/images", "", image));
      expect(400, uploadTo(task + "/images", "", new byte[0]));
      expect(404, uploadTo("/api/confirm/none/task/1/images", "", image));
      expect(413, uploadTo(task + "/images", "", bomb));
      expect(422, uploadTo(task + "/images", "", image, "Idempotency-Key", "link-key"));
      Matcher photo =
          Pattern.compile("\"url\":\"(/api/confirm/[^\"]+)\"")
              .matcher(judge.call("GET", path, "").body());
      assertThat(photo.find()).isTrue();
      for (String end : List.of("", "/thumbnail")) {
        expect(200, judge.call("GET", photo.group(1) + end, ""));
        expect(404, judge.call("GET", path + "/images/987654" + end, ""));
      }
      expect(200, judge.call("GET", path, ""));
      expect(200, call(boss, "GET", "/api/confirmations/1", ""));
      expect(204, call(boss, "DELETE", "/api/confirmations/2", ""));
      expect(404, judge.call("GET", "/api/confirm/none", ""));
      expect(404, judge.call("POST", "/api/confirm/none/acknowledge", ""));
      expect(404, judge.call("PUT", "/api/confirm/none/task/1", "{\"status\":\"done\"}", json));
    }

    void attachments() {
      Answer sent = upload(dave, "", new byte[0]);
      expect(400, sent);
      sent = upload(dave, "", IMAGE);
      expect(201, sent);
      expect(415, upload(dave, "", "no image".getBytes(StandardCharsets.UTF_8)));
      expect(413, upload(dave, "", BOMB));
      String url = sent.text("url");
      for (String path : List.of(url, url + "/thumbnail", url + "/link")) {
        expect(200, call(dave, "GET", path, ""));
        expect(404, call(kim, "GET", path, ""));
      }
      Answer message =
          call(dave, "POST", ROOM + "/messages", "{\"attachments\":[" + sent.field("id") + "]}");
      expect(201, message);
      expect(200, call(ada, "GET", url, ""));
    }

    private Answer upload(String token, String query, byte[] file, String... headers) {
      return uploadTo("/api/attachments" + query, token, file, headers);
    }

    private Answer uploadTo(String path, String token, byte[] file, String... headers) {
      byte[] head =
          "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n"
              .getBytes(StandardCharsets.UTF_8);
      byte[] tail = "\r\n--b--\r\n".getBytes(StandardCharsets.UTF_8);
      ByteArrayOutputStream form = new ByteArrayOutputStream();
      if (file.length > 0) {
        form.writeBytes(head);
        form.writeBytes(file);
      }
      form.writeBytes(tail);
      List<String> all =
          new ArrayList<>(
              List.of(
                  "Authorization",
                  "Bearer " + token,
                  "Content-Type",
                  "multipart/form-data; boundary=b"));
      all.addAll(List.of(headers));
      return judge.call("POST", path, form.toByteArray(), all.toArray(String[]::new));
    }

    void events() {
      expect(200, call(dave, "GET", "/api/events?topic=room:messaging:contract", ""));
      expect(404, call(kim, "GET", "/api/events?topic=room:messaging:contract", ""));
    }

    void notifications() {
      Answer list = call(ada, "GET", "/api/notifications?limit=1&unread=true", "");
      expect(200, list);
      String id = list.body().replaceAll("(?s).*?\"id\":(\\d+).*", "$1");
      expect(200, call(ada, "POST", "/api/notifications/" + id + "/read", ""));
      expect(404, call(kim, "POST", "/api/notifications/" + id + "/read", ""));
      expect(200, call(ada, "POST", "/api/notifications/read-all", ""));
      expect(200, call(ada, "GET", "/api/notifications", ""));
      expect(200, call(ada, "PATCH", "/api/notifications/settings", "{\"taskDone\":false}"));
      expect(200, call(ada, "GET", "/api/notifications/settings", ""));
    }

    void webhooks() {
      String hook =
          "{\"url\":\"http://127.0.0.9:9/hook\",\"events\":[\"never\",\"no:*\"],\"description\":\"ERP\"}";
      Answer created = call(admin, "POST", "/api/webhooks", hook);
      expect(201, created);
      String path = "/api/webhooks/" + created.text("id");
      expect(200, call(admin, "GET", "/api/webhooks?limit=1", ""));
      expect(200, call(admin, "GET", path, ""));
      expect(200, call(admin, "PATCH", path, "{\"events\":[\"never\"]}"));
      expect(200, call(admin, "POST", path + "/rotate-secret", ""));
      Answer ping = call(admin, "POST", path + "/ping", "");
      expect(202, ping);
      String delivery = path + "/deliveries/" + ping.text("id");
      expect(200, call(admin, "GET", path + "/deliveries?limit=1", ""));
      expect(200, call(admin, "GET", delivery, ""));
      expect(202, call(admin, "POST", delivery + "/replay", ""));
      expect(200, call(admin, "GET", path + "/dead-letters", ""));
      expect(202, call(admin, "POST", path + "/dead-letters/replay", ""));
      List<String> calls =
          List.of(
              "GET ",
              "PATCH ",
              "POST /rotate-secret",
              "POST /ping",
              "GET /deliveries",
              "GET /deliveries/1",
              "POST /deliveries/1/replay",
              "GET /dead-letters",
              "POST /dead-letters/replay",
              "DELETE ");
      for (String each : calls) {
        String[] parts = each.split(" ", 2);
        String body = parts[0].equals("PATCH") ? "{}" : "";
        expect(403, call(dave, parts[0], path + parts[1], body));
        expect(404, call(admin, parts[0], "/api/webhooks/0" + parts[1], body));
      }
      expect(403, call(dave, "GET", "/api/webhooks", ""));
      expect(403, call(dave, "POST", "/api/webhooks", hook));
      expect(200, call(admin, "PATCH", path, "{\"active\":false}"));
      for (String each : List.of("/ping", "/deliveries/1/replay", "/dead-letters/replay")) {
        expect(422, call(admin, "POST", path + each, ""));
      }
      expect(204, call(admin, "DELETE", path, ""));
    }

    /** What is refused everywhere in the same way. */
    void faultsOfEveryOperation() {
      for (Operation operation : judge.operations()) {
        Set<String> statuses =
            Set.copyOf(ApiDocument.fieldNames(operation.node().path("responses")));
        String method = operation.method();
        String path = path(operation, "messaging:contract", Long.toString(messageId));
        String bad = path(operation, "NOCID", Long.toString(messageId)) + "?limit=0&topic=none";
        String body = operation.hasBody() ? "{}" : "";
        if (statuses.contains("401") && !operation.path().startsWith("/api/token")) {
          expect(401, judge.call(method, path, ""));
        }
        if (operation.isUpload()) {
          String[] key = {"Idempotency-Key", "contract-" + operation.id()};
          String[] text = {"Authorization", "Bearer " + admin, "Content-Type", "text/plain"};
          expect(415, judge.call(method, path, "x", text));
          if (operation.id().equals("uploadAttachment")) {
            upload(admin, "", new byte[0], key);
            expect(422, upload(admin, "?other", new byte[0], key));
          }
          continue;
        }
        if (statuses.contains("400") && method.equals("POST") && !operation.hasBody()) {
          String[] key = {"Authorization", "Bearer " + admin, "Idempotency-Key", "k".repeat(256)};
          expect(400, judge.call(method, path, "", key));
        } else if (statuses.contains("400")) {
          expect(400, call(admin, method, bad, operation.hasBody() ? "{" : ""));
        }
        if (operation.hasBody()) {
          String[] text = {"Authorization", "Bearer " + admin, "Content-Type", "text/plain"};
          expect(415, judge.call(method, path, "x", text));
          expect(413, call(admin, method, path, " ".repeat(1024 * 1024 + 1)));
        }
        if (statuses.contains("422") && method.equals("POST")) {
          String[] key = {
            "Authorization",
            "Bearer " + admin,
            "Content-Type",
            "application/json",
            "Idempotency-Key",
            "contract-" + operation.id()
          };
          judge.call(method, path, body, key);
          expect(422, judge.call(method, path, "{\"text\":\"another\"}", key));
        }
      }
    }

    private String path(Operation operation, String cid, String id) {
      return operation
          .path()
          .replace("{cid}", cid)
          .replace("{id}", id)
          .replace("{token}", link)
          .replace("{taskId}", linkTask)
          .replace("{imageId}", id)
          .replace("{deliveryId}", id)
          .replace("{username}", "ada");
    }

    void leaving() {
      expect(403, call(ada, "DELETE", ROOM + "/members/boss", ""));
      expect(409, call(dave, "DELETE", ROOM + "/members/dave", ""));
      expect(404, call(dave, "DELETE", ROOM + "/members/nobody", ""));
      expect(204, call(dave, "DELETE", ROOM + "/members/ada", ""));
      expect(204, call(dave, "DELETE", ROOM, ""));
    }

    /** At the end, for nobody can log in from here for a while. */
    void tooManyFailures() {
      String login = "{\"username\":\"una\",\"password\":\"wrong-password\"}";
      String change = "{\"password\":\"new-password\",\"currentPassword\":\"wrong-password\"}";
      untilLimited(() -> call("", "POST", "/api/token", login));
      untilLimited(() -> call(dave, "PATCH", "/api/me", change));
    }

    /** The limit refills while the calls run, which on a slow machine takes a while. */
    private void untilLimited(Supplier<Answer> call) {
      int tries = 0;
      while (call.get().status() != 429) {
        assertThat(++tries).isLessThan(200);
      }
    }

    /** No link can be used from here for a while. */
    void tooManyGuesses() {
      Answer last = judge.call("GET", "/api/confirm/none", "");
      for (int i = 0; i < 1000 && last.status() == 404; i++) {
        last = judge.call("GET", "/api/confirm/none", "");
      }
      for (Operation operation : judge.operations()) {
        if (operation.path().startsWith("/api/confirm/")) {
          String[] json = {"Content-Type", "application/json"};
          String path = path(operation, "", Long.toString(messageId));
          Answer answer =
              operation.isUpload()
                  ? uploadTo(path, "", new byte[0])
                  : judge.call(operation.method(), path, operation.hasBody() ? "{}" : "", json);
          expect(429, answer);
        }
      }
    }
  }
}
