package io.crewline.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.crewline.Crewline;
import io.crewline.journal.Audience;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import io.crewline.platform.Database;
import io.crewline.platform.JsonText;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.crewline.webhook.Hooks.Hook;
import io.crewline.webhook.Receiver.Call;
import io.crewline.webhook.Receiver.Reaction;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.core.type.Argument;
import io.micronaut.inject.qualifiers.Qualifiers;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

final class WebhookDeliveryTest {
  private static final Duration TIMEOUT = Duration.ofMillis(400);

  private static final Pattern MESSAGE_ID = Pattern.compile("\"message\":\\{\"id\":(\\d+)");

  private static Crewline node;
  private static Hooks hooks;
  private static Person dave;
  private static String room;

  private final List<Hook> created = new ArrayList<>();

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            Map.of(
                "CREWLINE_WEBHOOK_ALLOW", "127.0.0.0/8",
                "CREWLINE_WEBHOOK_TIMEOUT", TIMEOUT.toMillis() + "ms",
                "CREWLINE_WEBHOOK_RETRIES", "20ms,20ms,50ms,50ms,50ms,50ms,50ms,50ms,50ms,50ms"));
    hooks = new Hooks(node);
    dave = Person.member(node, "dave");
    room = dave.post("/api/rooms", "{\"id\":\"hooks\"}").text("cid");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void deleteWebhooks() {
    created.forEach(hook -> hooks.admin().call("DELETE", hook.path(), ""));
  }

  private Hook create(String url, String... events) {
    Hook hook = hooks.create(url, events);
    created.add(hook);
    return hook;
  }

  @Test
  void anEventArrivesAsOnSocketsAndVerifiesWithAStockHmac() throws Exception {
    try (Receiver receiver = Receiver.answering(204)) {
      Hook hook = create(receiver.url(), "message.new");
      String before = dave.get("/api/events?topic=room:" + room).text("position");
      dave.say(room, "Grüße an die Pumpe");
      await().until(() -> receiver.calls().size() == 1);
      Call call = receiver.calls().getFirst();
      Map<?, ?> event =
          (Map<?, ?>)
              ((List<?>)
                      dave.get("/api/events?topic=room:" + room + "&after=" + before)
                          .field("events"))
                  .getFirst();
      Map<String, Object> body = json(call.body());
      assertThat(body.remove("id")).isEqualTo(call.id());
      assertThat(body).isEqualTo(event);
      assertThat(call.id())
          .isEqualTo("room:" + room + ":" + event.get("epoch") + ":" + event.get("seq"));
      assertThat(call.signature()).isEqualTo(hmac(hook.secret(), call));
      assertThat(Instant.ofEpochSecond(call.timestamp()))
          .isBetween(Instant.now().minusSeconds(60), Instant.now());
    }
  }

  @Test
  void afterARotationBothSecretsSign() throws Exception {
    try (Receiver receiver = Receiver.answering(200)) {
      Hook hook = create(receiver.url(), "*");
      String next = hooks.admin().post(hook.path() + "/rotate-secret", "").text("secret");
      assertThat(next).startsWith("whsec_").isNotEqualTo(hook.secret());
      hooks.admin().post(hook.path() + "/ping", "");
      await().until(() -> receiver.calls().size() == 1);
      Call call = receiver.calls().getFirst();
      assertThat(call.signature().split(" "))
          .containsExactly(hmac(next, call), hmac(hook.secret(), call));
      assertThat(json(call.body())).containsOnlyKeys("type", "id", "at", "data");
    }
  }

  @Test
  void allArriveAtAReceiverThatFailsHalfTheTimeEachIdOncePerSuccess() throws Exception {
    Random chance = new Random(4);
    int[] failures = {500, 503, 302, Reaction.CUT, Reaction.CUT, Reaction.HANG};
    Map<String, Integer> attempts = new HashMap<>();
    try (Receiver receiver =
        Receiver.start(
            id -> {
              synchronized (chance) {
                // The eleventh failure would be the end of it.
                boolean succeeds = attempts.merge(id, 1, Integer::sum) > 8 || chance.nextBoolean();
                return Reaction.status(succeeds ? 200 : failures[chance.nextInt(failures.length)]);
              }
            })) {
      Hook hook = create(receiver.url(), "message.new");
      Set<Long> sent = new HashSet<>();
      for (int i = 0; i < 150; i++) {
        sent.add(dave.say(room, "message " + i));
      }
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> hooks.deliveries(hook, "pending").isEmpty());
      assertThat(hooks.deliveries(hook, "dead")).isEmpty();
      assertThat(receiver.accepted()).doesNotHaveDuplicates().hasSize(sent.size());
      assertThat(receiver.calls().size()).isGreaterThan(sent.size() * 3 / 2);
      Set<Long> received = new HashSet<>();
      for (Call call : receiver.calls()) {
        assertThat(call.signature()).isEqualTo(hmac(hook.secret(), call));
        Matcher id = MESSAGE_ID.matcher(call.body());
        assertThat(id.find()).isTrue();
        received.add(Long.valueOf(id.group(1)));
      }
      assertThat(received).isEqualTo(sent);
    }
  }

  @Test
  void aTargetThatHangsHarmsNobody() {
    try (Receiver hanging = Receiver.answering(Reaction.HANG);
        Receiver healthy = Receiver.answering(200)) {
      Hook slow = create(hanging.url(), "message.new");
      create(healthy.url(), "message.new");
      for (int i = 0; i < 100; i++) {
        dave.say(room, "message " + i);
      }
      await().until(() -> healthy.accepted().size() == 100);
      assertThat(hooks.deliveries(slow, "delivered")).isEmpty();
      await()
          .untilAsserted(
              () ->
                  assertThat(hooks.deliveries(slow, "pending"))
                      .anySatisfy(each -> assertThat(each.get("lastError")).isEqualTo("timeout")));
      dave.say(room, "one more");
      await().atMost(Duration.ofSeconds(1)).until(() -> healthy.accepted().size() == 101);
    }
  }

  @Test
  void aTargetThatDripsItsAnswerIsGivenUpAfterTheTimeout() throws Exception {
    try (DrippingServer server = new DrippingServer()) {
      Hook hook = create("http://127.0.0.1:" + server.port() + "/", "message.new");
      dave.say(room, "drip");
      await()
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(
              () ->
                  assertThat(hooks.deliveries(hook, "pending"))
                      .anySatisfy(each -> assertThat(each.get("lastError")).isEqualTo("timeout")));
    }
  }

  @Test
  void whatFailsTooOftenIsADeadLetterThatCanBeReplayedUnderItsId() {
    try (Receiver receiver =
        Receiver.start(id -> new Reaction(500, "x".repeat(100_000), Map.of()))) {
      Hook hook = create(receiver.url(), "message.new");
      for (int i = 0; i < 3; i++) {
        dave.say(room, "message " + i);
      }
      await().until(() -> hooks.deliveries(hook, "dead").size() == 3);
      List<Map<String, Object>> dead = hooks.admin().items(hook.path() + "/dead-letters");
      assertThat(dead)
          .hasSize(3)
          .allSatisfy(
              each -> {
                assertThat(each.get("attempts")).isEqualTo(11);
                assertThat(each.get("lastStatus")).isEqualTo(500);
                assertThat(each.get("lastError")).isEqualTo("answered 500");
                assertThat(each.get("nextAttemptAt")).isNull();
                assertThat((String) each.get("lastResponse")).hasSize(500);
              });
      assertThat(hooks.get(hook).get("failingSince")).isNotNull();
      receiver.follow(id -> Reaction.status(200));
      String one = hook.path() + "/deliveries/" + dead.getFirst().get("id");
      assertThat(hooks.admin().post(one + "/replay", "").status()).isEqualTo(202);
      await().until(() -> hooks.admin().get(one).text("state").equals("delivered"));
      assertThat(hooks.admin().post(hook.path() + "/dead-letters/replay", "").json())
          .isEqualTo(Map.of("replayed", 2));
      await().until(() -> hooks.deliveries(hook, "delivered").size() == 3);
      assertThat(receiver.accepted())
          .containsExactlyInAnyOrderElementsOf(
              dead.stream().map(each -> (String) each.get("eventId")).toList());
      assertThat(hooks.get(hook).get("failingSince")).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReceiverSaysWhenToComeBack(boolean asDate) {
    String inTenMinutes =
        asDate
            ? DateTimeFormatter.RFC_1123_DATE_TIME.format(
                Instant.now().plusSeconds(600).atZone(ZoneOffset.UTC))
            : "600";
    try (Receiver receiver =
        Receiver.start(id -> new Reaction(429, "", Map.of("Retry-After", inTenMinutes)))) {
      Hook hook = create(receiver.url(), "message.new");
      dave.say(room, "too much");
      await()
          .until(
              () ->
                  hooks.admin().items(hook.path() + "/deliveries").stream()
                      .anyMatch(each -> each.get("lastStatus") != null));
      List<Map<String, Object>> all = hooks.admin().items(hook.path() + "/deliveries");
      assertThat(all).hasSize(1);
      assertThat(all.getFirst()).containsEntry("state", "pending").containsEntry("attempts", 1);
      assertThat(Instant.parse(String.valueOf(all.getFirst().get("nextAttemptAt"))))
          .isBetween(Instant.now().plusSeconds(500), Instant.now().plusSeconds(601));
      assertThat(receiver.calls()).hasSize(1);
    }
  }

  @Test
  void aReceiverThatIsGoneIsNotCalledAgain() {
    try (Receiver receiver = Receiver.answering(410)) {
      Hook hook = create(receiver.url(), "message.new");
      dave.say(room, "gone");
      await().until(() -> Boolean.FALSE.equals(hooks.get(hook).get("active")));
      assertThat(hooks.get(hook).get("disabledReason")).isEqualTo("gone");
      assertThat(hooks.deliveries(hook, "dead")).hasSize(1);
      dave.say(room, "not for you");
      assertThat(hooks.deliveries(hook, "pending")).isEmpty();
      assertThat(hooks.admin().post(hook.path() + "/ping", "").status()).isEqualTo(422);
      receiver.follow(id -> Reaction.status(200));
      hooks.admin().call("PATCH", hook.path(), "{\"active\":true}");
      dave.say(room, "again");
      await().until(() -> receiver.accepted().size() == 1);
      assertThat(hooks.get(hook).get("disabledReason")).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void aRedirectIsNotFollowed(int status) {
    try (Receiver elsewhere = Receiver.answering(200);
        Receiver receiver =
            Receiver.start(id -> new Reaction(status, "", Map.of("Location", elsewhere.url())))) {
      Hook hook = create(receiver.url(), "message.new");
      dave.say(room, "redirect");
      await()
          .untilAsserted(
              () ->
                  assertThat(hooks.admin().items(hook.path() + "/deliveries").getFirst())
                      .containsEntry("lastStatus", status)
                      .containsEntry(
                          "lastError", "answered " + status + ", and redirects are not followed"));
      await().until(() -> hooks.deliveries(hook, "dead").size() == 1);
      assertThat(receiver.calls()).hasSize(11);
      assertThat(elsewhere.calls()).isEmpty();
    }
  }

  @Test
  void aReceiverRecordsACallThatNoWebhookMakes() throws Exception {
    try (Receiver receiver = Receiver.answering(200);
        HttpClient client = HttpClient.newHttpClient()) {
      client.send(
          HttpRequest.newBuilder(URI.create(receiver.url())).build(), BodyHandlers.discarding());
      assertThat(receiver.calls()).hasSize(1);
    }
  }

  @Test
  void onlyWhatIsAskedForIsSentAndNeverAMarker() {
    try (Receiver receiver = Receiver.answering(200)) {
      create(receiver.url(), "task:*");
      Database database = node.context().getBean(Database.class);
      database.transaction(
          () -> {
            publish(new Probe("task:seen", Audience.of(Set.of("dave"))));
            publish(new Probe("task:marker", Audience.changedFor(Set.of("dave"))));
            publish(new Probe("other:seen", null));
            publish(new Probe("task:all", null));
          });
      assertThatThrownBy(
              () ->
                  database.transaction(
                      () -> {
                        publish(new Probe("task:undone", null));
                        throw new IllegalStateException("undone");
                      }))
          .isInstanceOf(IllegalStateException.class);
      database.transaction(() -> publish(new Probe("task:last", null)));
      await().until(() -> receiver.calls().size() == 3);
      assertThat(receiver.calls().stream().map(call -> json(call.body()).get("type")))
          .containsExactlyInAnyOrder("task:seen", "task:all", "task:last");
    }
  }

  @Test
  void noSecretIsEverLogged() {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Logger ours = (Logger) LoggerFactory.getLogger("io.crewline");
    log.start();
    root.addAppender(log);
    ours.setLevel(ch.qos.logback.classic.Level.TRACE);
    try (Receiver receiver = Receiver.answering(410)) {
      Hook hook = create(receiver.url(), "message.new");
      dave.say(room, "gone");
      await().until(() -> Boolean.FALSE.equals(hooks.get(hook).get("active")));
      String key = hook.secret().substring("whsec_".length());
      assertThat(log.list).isNotEmpty();
      assertThat(log.list).noneMatch(event -> event.getFormattedMessage().contains(key));
    } finally {
      ours.setLevel(null);
      root.detachAppender(log);
    }
  }

  private record Probe(String type, @Nullable Audience audience) implements DomainEvent {
    @Override
    public Topic topic() {
      return Topic.TASKS;
    }

    @Override
    public Object data() {
      return new JsonText("{}");
    }
  }

  @SuppressWarnings("unchecked")
  private static void publish(DomainEvent event) {
    node.context()
        .getBean(Argument.of(ApplicationEventPublisher.class, DomainEvent.class), Qualifiers.none())
        .publishEvent(event);
  }

  /** As a receiver would check it, with what every language has. */
  private static String hmac(String secret, Call call) throws Exception {
    byte[] key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    String signed = call.id() + "." + call.timestamp() + "." + call.body();
    return "v1,"
        + Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
  }

  private static Map<String, Object> json(String body) {
    return SocketClient.parse(body);
  }
}
