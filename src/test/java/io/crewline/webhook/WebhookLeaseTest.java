package io.crewline.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.platform.Watchdog;
import io.crewline.testing.Person;
import io.crewline.testing.SettableClock;
import io.crewline.testing.TestNode;
import io.crewline.webhook.Hooks.Hook;
import io.crewline.webhook.Receiver.Reaction;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WebhookLeaseTest {
  private static final Duration LEASE = Duration.ofSeconds(15 + 30);

  private final SettableClock clock = new SettableClock();

  @Test
  void whatADeadNodeLeftIsDeliveredByAnotherWhenTheLeaseEnds() throws Exception {
    try (Crewline node = TestNode.start(Map.of("CREWLINE_WEBHOOK_ALLOW", "127.0.0.0/8"));
        Receiver receiver = Receiver.answering(Reaction.HANG)) {
      node.context().getBean(WebhookDispatcher.class).close();
      clock.add(Duration.between(clock.instant(), Instant.now().plusSeconds(60)));
      Hooks hooks = new Hooks(node);
      Hook hook = hooks.create(receiver.url(), "message.new");
      Person dave = Person.member(node, "dave");
      dave.post("/api/rooms", "{\"id\":\"lease\"}");
      dave.say("messaging:lease", "hello");

      WebhookDispatcher first = dispatcher(node);
      first.start();
      await().until(() -> receiver.calls().size() == 1);
      first.die();

      receiver.follow(id -> Reaction.status(200));
      assertThat(claimed(node, hook)).isZero();
      clock.add(LEASE.minusMillis(1));
      assertThat(claimed(node, hook)).isZero();
      clock.add(Duration.ofMillis(1));
      WebhookDispatcher second = dispatcher(node);
      second.start();
      await().until(() -> hooks.deliveries(hook, "delivered").size() == 1);
      second.close();
      assertThat(receiver.calls()).hasSize(2);
      assertThat(Stream.of(0, 1).map(i -> receiver.calls().get(i).id()).distinct()).hasSize(1);
      assertThat(hooks.deliveries(hook, "delivered").getFirst().get("attempts")).isEqualTo(2);
    }
  }

  /** Ends as a 500, as a 410 that would switch the webhook off, and as a success. */
  @ParameterizedTest
  @ValueSource(ints = {500, 410, 200})
  void theResultOfALostLeaseIsNotTaken(int late) {
    try (Crewline node = TestNode.start(Map.of("CREWLINE_WEBHOOK_ALLOW", "127.0.0.0/8"))) {
      node.context().getBean(WebhookDispatcher.class).close();
      clock.add(Duration.between(clock.instant(), Instant.now().plusSeconds(60)));
      Hooks hooks = new Hooks(node);
      Hook hook = hooks.create("http://127.0.0.9:9/", "message.new");
      Person dave = Person.member(node, "dave");
      dave.post("/api/rooms", "{\"id\":\"lease\"}");
      dave.say("messaging:lease", "hello");
      WebhookResults results = node.context().getBean(WebhookResults.class);

      ClaimedDelivery slow = claim(node, hook).getFirst();
      clock.add(LEASE);
      ClaimedDelivery other = claim(node, hook).getFirst();
      results.write(List.of(result(slow, late)));

      Map<String, Object> before = hooks.deliveries(hook, "pending").getFirst();
      assertThat(before).containsEntry("lastStatus", null).containsEntry("attempts", 2);
      assertThat(hooks.get(hook)).containsEntry("active", true).containsEntry("failingSince", null);

      results.write(List.of(result(other, 503)));
      Map<String, Object> after = hooks.deliveries(hook, "pending").getFirst();
      assertThat(after).containsEntry("lastStatus", 503);
      assertThat(hooks.get(hook).get("failingSince")).isNotNull();
      results.write(List.of(result(slow, late)));
      assertThat(hooks.deliveries(hook, "pending").getFirst()).isEqualTo(after);
      assertThat(hooks.get(hook).get("failingSince")).isNotNull();
      assertThat(hooks.get(hook)).containsEntry("active", true);
    }
  }

  private Attempt result(ClaimedDelivery delivery, int status) {
    boolean succeeded = status == 200;
    WebhookClient.Answer answer =
        new WebhookClient.Answer(status, succeeded ? null : "answered " + status, null, null);
    Instant now = clock.instant();
    return switch (status) {
      case 200 -> new Attempt(delivery, answer, now, DeliveryState.DELIVERED, null);
      case 410 -> new Attempt(delivery, answer, now, DeliveryState.DEAD, null);
      default ->
          new Attempt(delivery, answer, now, DeliveryState.PENDING, now.plus(Duration.ofHours(1)));
    };
  }

  private int claimed(Crewline node, Hook hook) {
    return claim(node, hook).size();
  }

  /** Takes what is due. */
  private List<ClaimedDelivery> claim(Crewline node, Hook hook) {
    DeliveryRepository deliveries = node.context().getBean(DeliveryRepository.class);
    Instant now = clock.instant();
    return node.context()
        .getBean(Database.class)
        .transaction(() -> deliveries.claim(Map.of(hook.id(), 8L), now, now.plus(LEASE)));
  }

  private WebhookDispatcher dispatcher(Crewline node) {
    return new WebhookDispatcher(
        node.context().getBean(Database.class),
        node.context().getBean(ActiveWebhooks.class),
        node.context().getBean(DeliveryRepository.class),
        node.context().getBean(WebhookResults.class),
        node.context().getBean(WebhookCall.class),
        node.settings(),
        clock,
        node.context().getBean(Watchdog.class));
  }
}
