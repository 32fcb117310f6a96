package io.crewline.webhook;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What became of an attempt.
 *
 * @param next when the next one is due, for {@link DeliveryState#PENDING}
 */
record Attempt(
    ClaimedDelivery delivery,
    WebhookClient.Answer answer,
    Instant at,
    DeliveryState state,
    @Nullable Instant next) {}
