package io.crewline.webhook;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Webhooks in the order of their creation.
 *
 * @param nextCursor for the next page; null at the end
 */
@Serdeable
@Schema(name = "WebhookPage", example = WebhookExamples.WEBHOOKS)
record WebhookPage(
    List<WebhookResponse> items,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String nextCursor) {}
