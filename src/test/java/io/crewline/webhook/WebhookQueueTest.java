package io.crewline.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.RowsRead;
import io.crewline.testing.TestNode;
import io.crewline.webhook.Hooks.Hook;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What every node asks about waiting deliveries again and again. */
final class WebhookQueueTest {
  private static Crewline node;
  private static Database database;
  private static DeliveryRepository deliveries;
  private static Hooks hooks;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_WEBHOOK_ALLOW", "127.0.0.9"));
    node.context().getBean(WebhookDispatcher.class).close();
    database = node.context().getBean(Database.class);
    deliveries = node.context().getBean(DeliveryRepository.class);
    hooks = new Hooks(node);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static void insert(Hook hook, String state, int count, Duration age) {
    database.transaction(
        () ->
            database.update(
                """
                INSERT INTO webhook_delivery (webhook_id, event_id, type, at, data, state,
                    next_attempt_at, created_at)
                SELECT ?, 'e' || i, 'message.new', now(), '{}', ?, now(), ?
                FROM generate_series(1, ?) i
                """,
                hook.id(),
                state,
                Instant.now().minus(age),
                count));
  }

  @Test
  void theDepthIsCountedToALimitAndTheOldestIsKnownExactly() {
    Hook off = hooks.create("http://127.0.0.9:9/off", "message.new");
    insert(off, "pending", 10, Duration.ofDays(3));
    hooks.admin().call("PATCH", off.path(), "{\"active\":false}");
    assertThat(database.transaction(deliveries::queue))
        .isEqualTo(new DeliveryRepository.Queue(0, null));
    Hook few = hooks.create("http://127.0.0.9:9/few", "message.new");
    insert(few, "delivered", 50_000, Duration.ofDays(2));
    insert(few, "pending", 3, Duration.ofHours(2));
    assertThat(database.transaction(deliveries::queue).depth()).isEqualTo(3);
    Hook many = hooks.create("http://127.0.0.9:9/many", "message.new");
    insert(many, "pending", 60_000, Duration.ofHours(1));
    for (boolean analyzed : new boolean[] {false, true}) {
      if (analyzed) {
        database.transaction(() -> database.update("ANALYZE webhook, webhook_delivery"));
      }
      database.transaction(
          () -> {
            long before = RowsRead.of(database, "webhook_delivery");
            DeliveryRepository.Queue queue = deliveries.queue();
            long read = RowsRead.of(database, "webhook_delivery") - before;
            assertThat(queue.depth()).isEqualTo(10_000);
            assertThat(queue.oldest())
                .isBetween(
                    Instant.now().minus(Duration.ofMinutes(125)),
                    Instant.now().minus(Duration.ofMinutes(115)));
            assertThat(read).as("entries read, analyzed: " + analyzed).isLessThan(11_000);
          });
    }
  }
}
