package io.crewline.platform;

import java.time.Duration;
import java.util.List;

/**
 * Outgoing webhooks.
 *
 * @param allowed {@code CREWLINE_WEBHOOK_ALLOW}: addresses that are called although they are not
 *     public
 * @param timeout {@code CREWLINE_WEBHOOK_TIMEOUT}: for an attempt as a whole
 * @param retries {@code CREWLINE_WEBHOOK_RETRIES}: the waits after the first, the second … failed
 *     attempt; when none is left the delivery is dead
 * @param patience {@code CREWLINE_WEBHOOK_PATIENCE}: how long a webhook may fail without a single
 *     success before it is switched off
 */
public record WebhookSettings(
    List<AddressRange> allowed, Duration timeout, List<Duration> retries, Duration patience) {}
