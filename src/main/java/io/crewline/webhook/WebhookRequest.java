package io.crewline.webhook;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A new webhook, or a change of one: then what is absent or null stays.
 *
 * @param url required for a new one; http or https, at most 2,000 characters, without credentials,
 *     and not leading to a private address
 * @param events required for a new one; event types such as {@code task:created}, beginnings such
 *     as {@code task:*}, or {@code *} for all; at most 50
 * @param description at most 200 characters
 * @param active whether events are recorded for it and sent; default true
 */
@Serdeable
@Schema(name = "WebhookRequest", example = WebhookExamples.REQUEST)
record WebhookRequest(
    @Schema(maxLength = 2000) @Nullable String url,
    @ArraySchema(maxItems = 50) @Nullable List<String> events,
    @Schema(maxLength = 200) @Nullable String description,
    @Nullable Boolean active) {}
