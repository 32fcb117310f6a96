package io.crewline.webhook;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries, the newest first.
 *
 * @param nextCursor for the next page; null at the end
 */
@Serdeable
@Schema(name = "WebhookDeliveryPage", example = WebhookExamples.DELIVERIES)
record DeliveryPage(
    List<Delivery> items,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String nextCursor) {}
