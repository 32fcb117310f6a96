package io.crewline.webhook;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A webhook as administrators see it.
 *
 * @param events event types, with {@code *} at the end for all that begin so
 * @param active whether events are recorded for it and sent
 * @param disabledReason why it was switched off without anybody's doing: {@code gone}, it answered
 *     410, or {@code failing}, it failed for too long
 * @param failingSince the first failure after the last success
 * @param secret signs what is sent; only in the answers of its creation and its rotation
 * @param previousSecretUntil until then the secret before the last rotation signs too
 */
@Serdeable
@Schema(name = "Webhook", example = WebhookExamples.WEBHOOK)
record WebhookResponse(
    long id,
    String url,
    List<String> events,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String description,
    boolean active,
    @Schema(
            requiredMode = Schema.RequiredMode.REQUIRED,
            allowableValues = {Webhook.GONE, Webhook.FAILING})
        @Nullable String disabledReason,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant failingSince,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Schema(nullable = false) @Nullable String secret,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant previousSecretUntil,
    Instant createdAt,
    Instant updatedAt) {

  static WebhookResponse of(Webhook webhook) {
    return of(webhook, null);
  }

  static WebhookResponse withSecret(Webhook webhook) {
    return of(webhook, webhook.secret().text());
  }

  private static WebhookResponse of(Webhook webhook, @Nullable String secret) {
    return new WebhookResponse(
        webhook.id(),
        webhook.url(),
        webhook.events(),
        webhook.description(),
        webhook.active(),
        webhook.disabledReason(),
        webhook.failingSince(),
        secret,
        webhook.previousUntil(),
        webhook.createdAt(),
        webhook.updatedAt());
  }

  @Override
  public String toString() {
    return "WebhookResponse[" + id + "]";
  }
}
