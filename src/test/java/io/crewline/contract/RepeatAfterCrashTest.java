package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import io.micronaut.http.HttpMethod;
import io.micronaut.web.router.Router;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every {@code POST} with an {@code Idempotency-Key}, on a node that dies as soon as the effect is
 * committed: from then on its database refuses whatever it still wants to write down about the key.
 */
final class RepeatAfterCrashTest {
  private static Crewline node;
  private static Database database;
  private static Rest rest;
  private static String admin;
  private static int keys;

  /**
   * A call, and how to count its effects.
   *
   * @param status what the first call is answered, and a repeat too
   * @param count SQL that gives 1 if the call took effect once
   */
  private record Call(String path, Object body, int status, String count, Object... parameters) {}

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_LIMITS", "off"));
    database = node.context().getBean(Database.class);
    rest = new Rest(node);
    admin = Person.admin(node).token();
    Person.member(node, "ada");
    database.transaction(
        () -> {
          database.update("CREATE TABLE dead (dead boolean)");
          database.update("INSERT INTO dead VALUES (false)");
          // A transaction that has written before it comes to the key is the one of the effect.
          database.update(
              """
              CREATE FUNCTION refuse_the_dead() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN
                IF (SELECT dead FROM dead) AND pg_current_xact_id_if_assigned() IS NULL
                   AND current_query() NOT LIKE 'INSERT%' THEN
                  RAISE 'the node is dead' USING ERRCODE = 'admin_shutdown';
                END IF;
                RETURN NULL;
              END $$
              """);
          database.update(
              """
              CREATE TRIGGER refuse_the_dead BEFORE UPDATE OR DELETE ON idempotency_key
              FOR EACH STATEMENT EXECUTE FUNCTION refuse_the_dead()
              """);
        });
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static Answer post(String path, Object body, String key) {
    String type =
        body instanceof byte[] ? "multipart/form-data; boundary=boundary" : "application/json";
    byte[] bytes =
        body instanceof byte[] form ? form : String.valueOf(body).getBytes(StandardCharsets.UTF_8);
    return rest.call(
        "POST",
        path,
        bytes,
        "Authorization",
        "Bearer " + admin,
        "Content-Type",
        type,
        "Idempotency-Key",
        key);
  }

  private static long made(String path, Object body) {
    Answer answer = post(path, body, "made-" + ++keys);
    assertThat(answer.status()).as(path + " " + answer.body()).isBetween(200, 299);
    return answer.json().get("id") instanceof Number id ? id.longValue() : 0;
  }

  private static void dead(boolean dead) {
    database.transaction(() -> database.update("UPDATE dead SET dead = ?", dead));
  }

  private static long number(String sql, Object... parameters) {
    return database.transaction(
        () -> database.queryOne(sql, row -> row.getLong(1), parameters).orElseThrow());
  }

  private static long webhook() {
    return made("/api/webhooks", "{\"url\":\"https://example.com/hooks\",\"events\":[\"task:*\"]}");
  }

  /** A delivery that was given up. */
  private static long deadLetter(long webhook) {
    long id =
        ((Number) post("/api/webhooks/" + webhook + "/ping", "", "ping-" + ++keys).field("id"))
            .longValue();
    database.transaction(
        () ->
            database.update(
                "UPDATE webhook_delivery SET state = 'dead', finished_at = now() WHERE id = ?",
                id));
    return id;
  }

  private static long notification(String cause) {
    return number(
        """
        INSERT INTO notification (username, kind, cause, data, created_at)
        VALUES ('admin', 'mention', ?, '{}', now()) RETURNING id
        """,
        cause);
  }

  private static String room(String id) {
    made("/api/rooms", "{\"id\":\"" + id + "\"}");
    return "messaging:" + id;
  }

  private static byte[] image() {
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    try {
      form.writeBytes(
          "--boundary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n"
              .getBytes(StandardCharsets.US_ASCII));
      ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "png", form);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    form.writeBytes("\r\n--boundary--\r\n".getBytes(StandardCharsets.US_ASCII));
    return form.toByteArray();
  }

  private static Map<String, Supplier<Call>> calls() {
    Map<String, Supplier<Call>> calls = new LinkedHashMap<>();
    calls.put(
        "/api/rooms/{cid}/messages",
        () ->
            new Call(
                "/api/rooms/" + room("sending") + "/messages",
                "{\"text\":\"once\"}",
                201,
                "SELECT count(*) FROM message WHERE cid = 'messaging:sending'"));
    calls.put(
        "/api/rooms",
        () ->
            new Call(
                "/api/rooms",
                "{\"id\":\"crash\",\"members\":[\"ada\"]}",
                201,
                "SELECT count(*) FROM event e JOIN topic t ON t.id = e.topic_id"
                    + " WHERE t.name = 'room:messaging:crash' AND e.seq = 2"));
    calls.put(
        "/api/rooms/{cid}/members",
        () ->
            new Call(
                "/api/rooms/" + room("joining") + "/members",
                "{\"members\":[\"ada\"]}",
                201,
                "SELECT count(*) FROM room_member WHERE cid = 'messaging:joining'"
                    + " AND username = 'ada'"));
    calls.put(
        "/api/rooms/{cid}/read",
        () -> {
          String cid = room("reading");
          Person.member(node, "ada").say(cid, "hello");
          return new Call(
              "/api/rooms/" + cid + "/read",
              "{}",
              200,
              "SELECT count(*) FROM event e JOIN topic t ON t.id = e.topic_id"
                  + " WHERE t.name = 'room:messaging:reading' AND e.type = 'message.read'");
        });
    calls.put(
        "/api/systems",
        () ->
            new Call(
                "/api/systems",
                "{\"name\":\"crash\"}",
                201,
                "SELECT count(*) FROM system WHERE name = 'crash'"));
    calls.put(
        "/api/employees",
        () ->
            new Call(
                "/api/employees",
                "{\"name\":\"crash\"}",
                201,
                "SELECT count(*) FROM employee WHERE name = 'crash'"));
    calls.put(
        "/api/users",
        () ->
            new Call(
                "/api/users",
                "{\"username\":\"crash\",\"password\":\"a long password\"}",
                201,
                "SELECT count(*) FROM account WHERE username = 'crash'"));
    calls.put(
        "/api/tasks",
        () ->
            new Call(
                "/api/tasks",
                "{\"title\":\"crash\"}",
                201,
                "SELECT count(*) FROM task WHERE title = 'crash'"));
    calls.put(
        "/api/tasks/{id}/notes",
        () ->
            new Call(
                "/api/tasks/" + made("/api/tasks", "{\"title\":\"noted\"}") + "/notes",
                "{\"text\":\"crash\"}",
                201,
                "SELECT count(*) FROM task_note WHERE text = 'crash'"));
    calls.put(
        "/api/tasks/{id}/images",
        () -> {
          long id = made("/api/tasks", "{\"title\":\"pictured\"}");
          return new Call(
              "/api/tasks/" + id + "/images",
              image(),
              201,
              "SELECT count(*) FROM task_image WHERE task_id = ?",
              id);
        });
    calls.put(
        "/api/attachments",
        () ->
            new Call(
                "/api/attachments",
                image(),
                201,
                "SELECT count(*) FROM attachment WHERE uploader = 'admin' AND stored"));
    calls.put(
        "/api/notifications/{id}/read",
        () -> {
          long id = notification("one");
          return new Call(
              "/api/notifications/" + id + "/read",
              "",
              200,
              "SELECT count(*) FROM notification WHERE id = ? AND read_at IS NOT NULL",
              id);
        });
    calls.put(
        "/api/notifications/read-all",
        () -> {
          long id = notification("all");
          return new Call(
              "/api/notifications/read-all",
              "",
              200,
              "SELECT count(*) FROM notification WHERE id = ? AND read_at IS NOT NULL",
              id);
        });
    calls.put(
        "/api/webhooks",
        () ->
            new Call(
                "/api/webhooks",
                "{\"url\":\"https://example.com/crash\",\"events\":[\"*\"]}",
                201,
                "SELECT count(*) FROM webhook WHERE url = 'https://example.com/crash'"));
    calls.put(
        "/api/webhooks/{id}/rotate-secret",
        () -> {
          long id = webhook();
          database.transaction(
              () ->
                  database.update("UPDATE webhook SET secret = 'whsec_Zmlyc3Q=' WHERE id = ?", id));
          return new Call(
              "/api/webhooks/" + id + "/rotate-secret",
              "",
              200,
              "SELECT count(*) FROM webhook WHERE previous_secret = 'whsec_Zmlyc3Q=' AND id = ?",
              id);
        });
    calls.put(
        "/api/webhooks/{id}/ping",
        () -> {
          long id = webhook();
          return new Call(
              "/api/webhooks/" + id + "/ping",
              "",
              202,
              "SELECT count(*) FROM webhook_delivery WHERE webhook_id = ?",
              id);
        });
    calls.put(
        "/api/webhooks/{id}/deliveries/{deliveryId}/replay",
        () -> {
          long id = webhook();
          long delivery = deadLetter(id);
          return new Call(
              "/api/webhooks/" + id + "/deliveries/" + delivery + "/replay",
              "",
              202,
              "SELECT count(*) FROM webhook_delivery WHERE id = ? AND state <> 'dead'",
              delivery);
        });
    calls.put(
        "/api/webhooks/{id}/dead-letters/replay",
        () -> {
          long id = webhook();
          long delivery = deadLetter(id);
          return new Call(
              "/api/webhooks/" + id + "/dead-letters/replay",
              "",
              202,
              "SELECT count(*) FROM webhook_delivery WHERE id = ? AND state <> 'dead'",
              delivery);
        });
    return calls;
  }

  @TestFactory
  Stream<DynamicTest> aRepeatGetsTheAnswerOfTheCallThatDied() {
    return calls().entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(), () -> repeatedAfterDeath(entry.getValue().get())));
  }

  private static void repeatedAfterDeath(Call call) {
    String key = "crash-" + ++keys;
    dead(true);
    Answer first;
    try {
      first = post(call.path(), call.body(), key);
    } finally {
      dead(false);
    }
    // A minute later, when nobody waits for the dead any more.
    database.transaction(
        () -> database.update("UPDATE idempotency_key SET leased_until = now() - interval '1 s'"));
    Answer repeat = post(call.path(), call.body(), key);
    assertThat(number(call.count(), call.parameters())).as("effects").isEqualTo(1);
    assertThat(repeat.status()).as(repeat.body()).isEqualTo(call.status());
    assertThat(repeat.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(first.status()).as(first.body()).isEqualTo(call.status());
    assertThat(repeat.body()).isEqualTo(first.body()).isNotEmpty();
    assertThat(repeat.header("Location")).isEqualTo(first.header("Location"));
    assertThat(repeat.header("Content-Type")).isEqualTo(first.header("Content-Type"));
  }

  @Test
  void aMessageIsThereOnceEvenIfTheKeyIsForgotten() {
    String path = "/api/rooms/" + room("forgotten") + "/messages";
    String body = "{\"text\":\"once and only\"}";
    Answer first = post(path, body, "forgotten");
    assertThat(first.status()).isEqualTo(201);
    database.transaction(() -> database.update("DELETE FROM idempotency_key"));
    Answer repeat = post(path, body, "forgotten");
    assertThat(repeat.status()).isEqualTo(201);
    assertThat(repeat.body()).isEqualTo(first.body());
    assertThat(repeat.header("Location")).isEqualTo(first.header("Location"));
    assertThat(number("SELECT count(*) FROM message WHERE text = 'once and only'")).isEqualTo(1);
    database.transaction(() -> database.update("DELETE FROM idempotency_key"));
    Answer other = post(path, "{\"text\":\"another\"}", "forgotten");
    assertThat(other.status()).isEqualTo(422);
    assertThat(other.text("detail"))
        .isEqualTo("this Idempotency-Key was used with another request");
  }

  @Test
  void whatNamesACallIsShownToNobody() {
    String path = "/api/rooms/" + room("unnamed") + "/messages";
    Answer first = post(path, "{\"text\":\"hello\"}", "unnamed");
    assertThat(number("SELECT count(client_id) FROM message WHERE cid = 'messaging:unnamed'"))
        .isEqualTo(1);
    String bearer = "Bearer " + admin;
    String history = rest.get(path, "Authorization", bearer).body();
    String events =
        rest.get("/api/events?topic=room:messaging:unnamed&limit=200", "Authorization", bearer)
            .body();
    assertThat(history).contains("hello");
    assertThat(events).contains("hello");
    assertThat(first.body() + history + events).doesNotContain("clientId").doesNotContain("call:");
    Answer own =
        rest.call(
            "PATCH",
            "/api/messages/" + first.field("id"),
            "{\"text\":\"changed\"}",
            "Authorization",
            bearer,
            "Content-Type",
            "application/json");
    assertThat(own.body()).contains("changed").doesNotContain("clientId");
  }

  @Test
  void noClientIdNamesACall() {
    String path = "/api/rooms/" + room("forged") + "/messages";
    Answer forged = post(path, "{\"text\":\"a\",\"clientId\":\"\\u0001call:a\"}", "forged");
    assertThat(forged.status()).isEqualTo(400);
    assertThat(forged.body()).contains("clientId");
  }

  @Test
  void aClientIdOfItsOwnStays() {
    String path = "/api/rooms/" + room("named") + "/messages";
    String body = "{\"text\":\"hello\",\"clientId\":\"mine\"}";
    assertThat(post(path, body, "named").text("clientId")).isEqualTo("mine");
    assertThat(post(path, body, "other key").status()).isEqualTo(200);
  }

  /** Its answer has a secret, which is kept nowhere. */
  @Test
  void aRepeatOfALinkThatWasMadeMakesNoOther() {
    long employee = made("/api/employees", "{\"name\":\"linked\"}");
    long task = made("/api/tasks", "{\"title\":\"linked\"}");
    String body = "{\"employeeId\":" + employee + ",\"taskIds\":[" + task + "]}";
    assertThat(post("/api/confirmations", body, "link").status()).isEqualTo(201);
    Answer repeat = post("/api/confirmations", body, "link");
    assertThat(repeat.status()).isEqualTo(409);
    assertThat(repeat.text("detail")).contains("took effect");
    assertThat(number("SELECT count(*) FROM confirmation WHERE employee_id = ?", employee))
        .isEqualTo(1);
  }

  @Test
  void noCallIsForgotten() {
    Set<String> routes =
        node.context()
            .getBean(Router.class)
            .uriRoutes()
            .filter(route -> route.getHttpMethod() == HttpMethod.POST)
            .map(route -> route.getUriMatchTemplate().toPathString())
            .filter(
                path ->
                    path.startsWith("/api/")
                        && !path.startsWith("/api/token")
                        && !path.startsWith("/api/confirm/")
                        && !path.startsWith("/api/probe"))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> known = new TreeSet<>(calls().keySet());
    known.add("/api/confirmations");
    assertThat(known).isEqualTo(routes);
  }
}
