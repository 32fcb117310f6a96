package io.crewline.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.crewline.webhook.Hooks.Hook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On a node that calls no private address but one, where nobody listens. */
final class WebhookRestTest {
  private static final String ALLOWED = "http://127.0.0.9:9/hook";

  private static Crewline node;
  private static Hooks hooks;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            Map.of(
                "CREWLINE_WEBHOOK_ALLOW",
                "127.0.0.9",
                "CREWLINE_WEBHOOK_RETRIES",
                "10ms,10ms",
                "CREWLINE_WEBHOOK_PATIENCE",
                "1s"));
    hooks = new Hooks(node);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void onlyAdministratorsSeeThem() {
    Hook hook = hooks.create(ALLOWED, "room.deleted");
    for (Person person : List.of(Person.manager(node, "boss"), Person.member(node, "ada"))) {
      for (String call :
          List.of(
              "GET /api/webhooks",
              "POST /api/webhooks",
              "GET " + hook.path(),
              "PATCH " + hook.path(),
              "DELETE " + hook.path(),
              "POST " + hook.path() + "/rotate-secret",
              "POST " + hook.path() + "/ping",
              "GET " + hook.path() + "/deliveries",
              "GET " + hook.path() + "/deliveries/1",
              "POST " + hook.path() + "/deliveries/1/replay",
              "GET " + hook.path() + "/dead-letters",
              "POST " + hook.path() + "/dead-letters/replay")) {
        String[] parts = call.split(" ");
        String body = parts[0].equals("GET") || parts[0].equals("DELETE") ? "" : "{}";
        assertThat(person.call(parts[0], parts[1], body).status()).as(call).isEqualTo(403);
      }
    }
  }

  @Test
  void theSecretIsShownWhenItIsMadeAndNeverAgain() {
    Hook hook = hooks.create(ALLOWED, "room.deleted", "room.deleted");
    assertThat(hook.secret()).matches("whsec_[A-Za-z0-9+/]{43}=");
    assertThat(hooks.get(hook))
        .doesNotContainKey("secret")
        .containsEntry("events", List.of("room.deleted"))
        .containsEntry("active", true);
    Answer changed = hooks.admin().call("PATCH", hook.path(), "{\"description\":\"ERP\"}");
    assertThat(changed.json()).containsEntry("description", "ERP").doesNotContainKey("secret");
    assertThat(hooks.admin().get("/api/webhooks").body()).doesNotContain("whsec_");
    Answer rotated = hooks.admin().post(hook.path() + "/rotate-secret", "");
    assertThat(rotated.text("secret")).isNotEqualTo(hook.secret());
    assertThat(Instant.parse(rotated.text("previousSecretUntil")))
        .isAfter(Instant.now().plus(Duration.ofHours(23)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"url\":\"http://127.0.0.9/\"}",
        "{\"url\":\"http://127.0.0.9/\",\"events\":[]}",
        "{\"url\":\"http://127.0.0.9/\",\"events\":[\"\"]}",
        "{\"url\":\"http://127.0.0.9/\",\"events\":[\"**\"]}",
        "{\"url\":\"http://127.0.0.9/\",\"events\":[\"a b\"]}",
        "{\"url\":\"http://127.0.0.9/\",\"events\":[null]}",
        "{\"url\":\"http://127.0.0.9/\",\"events\":[\"*\"],\"description\":\"a\\u0000b\"}",
        "{\"url\":\"http://127.0.0.1/\",\"events\":[\"*\"]}",
        "{\"url\":\"http://localhost/\",\"events\":[\"*\"]}",
        "{\"url\":\"http://169.254.169.254/latest\",\"events\":[\"*\"]}",
        "{\"url\":\"http://u:p@127.0.0.9/\",\"events\":[\"*\"]}"
      })
  void badInputIsRefused(String body) {
    Answer answer = hooks.admin().post("/api/webhooks", body);
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.text("code")).isEqualTo("badRequest");
  }

  @ParameterizedTest
  @ValueSource(strings = {"message.nw", "tasks:created", "task:crated", "xyz*", "Task:*", "ping"})
  void anEventThatDoesNotExistIsRefusedWithThoseThatDo(String event) {
    String body = "{\"url\":\"%s\",\"events\":[\"task:*\",\"%s\"]}".formatted(ALLOWED, event);
    Answer answer = hooks.admin().post("/api/webhooks", body);
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.text("detail")).contains("events[1]", event, "message.new", "task:created");
    assertThat(answer.text("errors")).contains("field=events[1]");
    Hook hook = hooks.create(ALLOWED, "room.deleted");
    String change = "{\"events\":[\"" + event + "\"]}";
    assertThat(hooks.admin().call("PATCH", hook.path(), change).status()).isEqualTo(400);
  }

  @Test
  void theEventsThatExistAreThoseThatAreDocumented() throws IOException {
    Set<String> documented = new TreeSet<>();
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/protocol"))) {
      for (Path file : files.toList()) {
        Map<String, Object> frame = SocketClient.parse(Files.readString(file));
        if (frame.containsKey("seq")) {
          documented.add(String.valueOf(frame.get("type")));
        }
      }
    }
    assertThat(EventTypes.KNOWN).containsExactlyElementsOf(documented);
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "task:*", "task:cre*", "m*", "message.read"})
  void anEventThatExistsOrABeginningIsAccepted(String event) {
    assertThat(hooks.get(hooks.create(ALLOWED, event))).containsEntry("events", List.of(event));
  }

  @Test
  void aChangeIsCheckedToo() {
    Hook hook = hooks.create(ALLOWED, "room.deleted");
    Answer answer = hooks.admin().call("PATCH", hook.path(), "{\"url\":\"http://10.0.0.1/\"}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(hooks.get(hook).get("url")).isEqualTo(ALLOWED);
  }

  @Test
  void aNameThatComesToLeadHomeIsNotCalled() {
    try (Receiver receiver = Receiver.answering(200)) {
      Hook hook = hooks.create(ALLOWED, "room.deleted");
      pointTo(hook, "http://localhost:" + receiver.port() + "/hook");
      hooks.admin().post(hook.path() + "/ping", "");
      await().until(() -> hooks.deliveries(hook, "dead").size() == 1);
      Map<String, Object> dead = hooks.deliveries(hook, "dead").getFirst();
      assertThat(dead.get("lastError")).isEqualTo("the address is not allowed");
      assertThat(dead.get("lastStatus")).isNull();
      assertThat(receiver.calls()).isEmpty();
    }
  }

  @Test
  void oneThatFailsForTooLongIsSwitchedOff() {
    Hook hook = hooks.create(ALLOWED, "room.deleted");
    pointTo(hook, "http://localhost:1/");
    await()
        .untilAsserted(
            () -> {
              hooks.admin().post(hook.path() + "/ping", "");
              assertThat(hooks.get(hook)).containsEntry("disabledReason", "failing");
            });
    assertThat(hooks.get(hook)).containsEntry("active", false);
    assertThat(hooks.admin().call("PATCH", hook.path(), "{\"active\":true}").json())
        .containsEntry("active", true)
        .containsEntry("disabledReason", null)
        .containsEntry("failingSince", null);
  }

  @Test
  void listsPageByCursor() {
    Hook hook = hooks.create(ALLOWED, "room.deleted");
    hooks.create(ALLOWED, "room.deleted");
    pointTo(hook, "http://localhost:1/");
    for (int i = 0; i < 3; i++) {
      hooks.admin().post(hook.path() + "/ping", "");
    }
    String path = hook.path() + "/deliveries?limit=2";
    Answer first = hooks.admin().get(path);
    assertThat((List<?>) first.field("items")).hasSize(2);
    Answer second = hooks.admin().get(path + "&cursor=" + first.text("nextCursor"));
    assertThat((List<?>) second.field("items")).hasSize(1);
    assertThat(second.json().get("nextCursor")).isNull();
    Answer page = hooks.admin().get("/api/webhooks?limit=1");
    assertThat(page.json().get("nextCursor")).isNotNull();
    assertThat(hooks.admin().get("/api/webhooks?cursor=" + page.text("nextCursor")).status())
        .isEqualTo(200);
    for (String bad : List.of("?cursor=%00", "/" + hook.id() + "/deliveries?state=odd")) {
      assertThat(hooks.admin().get("/api/webhooks" + bad).status()).isEqualTo(400);
    }
  }

  @Test
  void aDeletedOneIsGoneWithItsDeliveries() {
    Hook hook = hooks.create(ALLOWED, "room.deleted");
    Hook other = hooks.create(ALLOWED, "room.deleted");
    hooks.admin().post(hook.path() + "/ping", "");
    String delivery =
        "/deliveries/" + hooks.admin().items(hook.path() + "/deliveries").getFirst().get("id");
    assertThat(hooks.admin().get(hook.path() + delivery).status()).isEqualTo(200);
    assertThat(hooks.admin().get(other.path() + delivery).status()).isEqualTo(404);
    assertThat(hooks.admin().call("DELETE", hook.path(), "").status()).isEqualTo(204);
    assertThat(hooks.admin().call("DELETE", hook.path(), "").status()).isEqualTo(404);
    assertThat(hooks.admin().get(hook.path() + "/deliveries").status()).isEqualTo(404);
    assertThat(hooks.admin().get(hook.path() + delivery).status()).isEqualTo(404);
    assertThat(hooks.admin().post(hook.path() + "/ping", "").status()).isEqualTo(404);
  }

  @Test
  void oldDeliveriesAreRemoved() {
    Hook hook = hooks.create(ALLOWED, "room.deleted");
    pointTo(hook, "http://localhost:1/");
    hooks.admin().post(hook.path() + "/ping", "");
    await().until(() -> hooks.deliveries(hook, "dead").size() == 1);
    WebhookHousekeeping housekeeping = node.context().getBean(WebhookHousekeeping.class);
    housekeeping.cleanUp(Instant.now().plus(Duration.ofDays(29)));
    assertThat(hooks.deliveries(hook, "dead")).hasSize(1);
    housekeeping.cleanUp(Instant.now().plus(Duration.ofDays(31)));
    assertThat(hooks.deliveries(hook, "dead")).isEmpty();
  }

  @Test
  void aCleanUpTakesWhatIsPastItsTimeAndNothingElse() {
    Hook on = hooks.create(ALLOWED, "login.ended");
    Hook off = hooks.create(ALLOWED, "login.ended");
    hooks.admin().call("PATCH", off.path(), "{\"active\":false}");
    long gone = 1_000_000_000;
    Duration day = Duration.ofDays(1);
    Duration minute = Duration.ofMinutes(1);
    List<Long> kept = new ArrayList<>();
    kept.add(delivery(on.id(), "delivered", day.multipliedBy(7).minus(minute)));
    kept.add(delivery(on.id(), "dead", day.multipliedBy(30).minus(minute)));
    kept.add(delivery(on.id(), "dead", day.multipliedBy(8)));
    kept.add(delivery(on.id(), "pending", day.multipliedBy(31)));
    kept.add(delivery(on.id(), "pending", minute));
    kept.add(delivery(off.id(), "pending", day.multipliedBy(30).minus(minute)));
    List<Long> removed = new ArrayList<>();
    removed.add(delivery(on.id(), "delivered", day.multipliedBy(7).plus(minute)));
    removed.add(delivery(on.id(), "dead", day.multipliedBy(30).plus(minute)));
    removed.add(delivery(off.id(), "pending", day.multipliedBy(30).plus(minute)));
    removed.add(delivery(gone, "pending", minute));

    node.context().getBean(WebhookHousekeeping.class).clean();

    assertThat(stored(kept)).containsExactlyElementsOf(kept);
    assertThat(stored(removed)).isEmpty();
  }

  /** A delivery that was made, or finished, so long ago, and is not due before long. */
  private static long delivery(long webhookId, String state, Duration ago) {
    Database database = node.context().getBean(Database.class);
    return database.transaction(
        () ->
            database
                .queryOne(
                    """
                    INSERT INTO webhook_delivery (webhook_id, event_id, type, at, data, state,
                        next_attempt_at, created_at, finished_at)
                    SELECT ?, 'e', 'never', at, '{}', state, now() + interval '1 day', at,
                        CASE WHEN state <> 'pending' THEN at END
                    FROM (SELECT now() - ? * interval '1 second' AS at, ?::text AS state) AS given
                    RETURNING id
                    """,
                    row -> row.getLong("id"),
                    webhookId,
                    ago.toSeconds(),
                    state)
                .orElseThrow());
  }

  private static List<Long> stored(List<Long> ids) {
    Database database = node.context().getBean(Database.class);
    return database.transaction(
        () ->
            database.query(
                "SELECT id FROM webhook_delivery WHERE id = ANY (?) ORDER BY id",
                row -> row.getLong("id"),
                (Object) ids.toArray(Long[]::new)));
  }

  /** As if the name had led elsewhere when the webhook was created. */
  private static void pointTo(Hook hook, String url) {
    Database database = node.context().getBean(Database.class);
    database.transaction(
        () -> database.update("UPDATE webhook SET url = ? WHERE id = ?", url, hook.id()));
    node.context().getBean(ActiveWebhooks.class).refresh();
  }
}
