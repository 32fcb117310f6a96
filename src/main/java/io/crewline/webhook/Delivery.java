package io.crewline.webhook;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way to a webhook.
 *
 * @param webhookId where it goes
 * @param eventId what the receiver gets as {@code webhook-id}: the same for all attempts and
 *     replays
 * @param type the event's type; {@code ping} for a test
 * @param topic the event's topic; null for a test
 * @param seq the event's number in its topic; null for a test
 * @param state {@code pending}, {@code delivered} or {@code dead}
 * @param attempts how often it was tried, since the last replay
 * @param lastStatus the HTTP status of the last attempt; null without an answer
 * @param lastError why the last attempt was no success
 * @param lastResponse the beginning of the answer to the last attempt, if that was no success
 * @param lastAttemptAt when the last attempt ended
 * @param nextAttemptAt when the next attempt is due; null when there is none
 * @param createdAt when the event was recorded
 * @param finishedAt when it was delivered or given up
 */
@Serdeable
@Schema(name = "WebhookDelivery", example = WebhookExamples.DELIVERY)
record Delivery(
    long id,
    long webhookId,
    String eventId,
    String type,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String topic,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Long seq,
    @Schema(allowableValues = {"pending", "delivered", "dead"}) String state,
    int attempts,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Integer lastStatus,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String lastError,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED, maxLength = 500)
        @Nullable String lastResponse,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant lastAttemptAt,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant nextAttemptAt,
    Instant createdAt,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant finishedAt) {}
