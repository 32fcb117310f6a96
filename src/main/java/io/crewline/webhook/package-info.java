/**
 * Outgoing webhooks: recorded events, posted to HTTP servers that administrators name, signed as
 * Standard Webhooks (standardwebhooks.com) describes.
 *
 * <p>Start with {@link io.crewline.webhook.WebhookOutbox}: it writes a delivery for each event and
 * webhook in the transaction of the event, so that an acknowledged event is never lost. {@link
 * io.crewline.webhook.WebhookDispatcher} runs on every node and makes the calls, {@link
 * io.crewline.webhook.WebhookClient} is one call, {@link io.crewline.webhook.WebhookTargets} says
 * which addresses may be called. {@link io.crewline.webhook.WebhookService} is what administrators
 * do.
 *
 * <p>Guarantees: each event that a webhook asks for is delivered at least once, or ends among the
 * dead letters, which can be replayed. Its id stays the same over attempts and replays. There is no
 * order: attempts run side by side, and what failed comes later; {@code topic}, {@code epoch} and
 * {@code seq} tell the order. A webhook that hangs or fails holds up no other.
 *
 * <p>May depend on {@code journal}, {@code account} and {@code platform}; no gateway and no other
 * feature.
 */
@NullMarked
package io.crewline.webhook;

import org.jspecify.annotations.NullMarked;
