package io.crewline.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import io.crewline.webhook.Hooks.Hook;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class WebhookNodesIT {
  @Test
  void twoNodesDeliverEachEventOnceAndAStoppedOneLeavesNothingBehind() {
    Map<String, String> settings = new HashMap<>();
    settings.put("DATABASE_URL", TestPostgres.createDatabase());
    settings.put("CREWLINE_WEBHOOK_ALLOW", "127.0.0.0/8");
    settings.put("CREWLINE_DRAIN", "1s");
    try (Crewline one = TestNode.start(settings);
        Crewline two = TestNode.start(settings);
        Receiver receiver = Receiver.answering(200)) {
      Hooks hooks = new Hooks(one);
      Hook hook = hooks.create(receiver.url(), "message.new");
      ActiveWebhooks known = two.context().getBean(ActiveWebhooks.class);
      await().atMost(Duration.ofSeconds(2)).until(known::any);
      Person dave = Person.member(one, "dave");
      Person ada = Person.member(two, "ada");
      dave.post("/api/rooms", "{\"id\":\"nodes\"}");
      for (int i = 0; i < 150; i++) {
        dave.say("messaging:nodes", "from one");
        ada.say("messaging:nodes", "from two");
        if (i == 100) {
          one.context().getBean(WebhookDispatcher.class).close();
        }
      }
      await().until(() -> receiver.accepted().size() >= 300);
      await().until(() -> hooks.deliveries(hook, "pending").isEmpty());
      assertThat(receiver.accepted()).hasSize(300).doesNotHaveDuplicates();
    }
  }
}
