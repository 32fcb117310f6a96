package io.crewline.webhook;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;

/**
 * What a replay of all dead letters did.
 *
 * @param replayed how many are due again
 */
@Serdeable
@Schema(name = "WebhookReplayed", example = WebhookExamples.REPLAYED)
record ReplayedResponse(int replayed) {}
