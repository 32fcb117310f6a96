package io.crewline.webhook;

import io.crewline.journal.Audience;
import io.crewline.journal.EventsRecorded;
import io.crewline.journal.JournalEntry;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a delivery for each recorded event and each active webhook that asks for it, in the
 * transaction of the event, with one statement. Without webhooks it does nothing.
 *
 * <p>Webhooks are administrators', who see whole topics; markers that nobody sees are left out.
 */
@Singleton
final class WebhookOutbox {
  private final ActiveWebhooks active;
  private final DeliveryRepository deliveries;

  WebhookOutbox(ActiveWebhooks active, DeliveryRepository deliveries) {
    this.active = active;
    this.deliveries = deliveries;
  }

  @EventListener
  void recorded(EventsRecorded recorded) {
    List<Webhook> webhooks = active.current();
    if (webhooks.isEmpty()) {
      return;
    }
    List<JournalEntry> entries = new ArrayList<>();
    List<Long> entryOf = new ArrayList<>();
    List<Long> webhookOf = new ArrayList<>();
    for (JournalEntry entry : recorded.entries()) {
      Audience audience = entry.audience();
      if (audience != null && !audience.whole()) {
        continue;
      }
      int before = webhookOf.size();
      for (Webhook webhook : webhooks) {
        if (webhook.wants(entry.type())) {
          entryOf.add((long) entries.size() + 1);
          webhookOf.add(webhook.id());
        }
      }
      if (webhookOf.size() > before) {
        entries.add(entry);
      }
    }
    if (!entries.isEmpty()) {
      deliveries.insert(entries, entryOf, webhookOf);
    }
  }
}
