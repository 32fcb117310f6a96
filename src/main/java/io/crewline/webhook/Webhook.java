package io.crewline.webhook;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where events are posted to, and which.
 *
 * @param events event types, {@code *} for all, {@code task:*} for those that begin so
 * @param secret signs
 * @param previousSecret signs too, until {@code previousUntil}
 * @param failingSince the first failure after the last success; null while all is well
 * @param disabledReason why it was switched off without anybody's doing: {@code gone} or {@code
 *     failing}
 */
record Webhook(
    long id,
    String url,
    List<String> events,
    @Nullable String description,
    boolean active,
    WebhookSecret secret,
    @Nullable WebhookSecret previousSecret,
    @Nullable Instant previousUntil,
    @Nullable Instant failingSince,
    @Nullable String disabledReason,
    Instant createdAt,
    Instant updatedAt) {

  static final String GONE = "gone";
  static final String FAILING = "failing";

  /** Whether it asks for events of a type. */
  boolean wants(String type) {
    for (String pattern : events) {
      if (pattern.endsWith("*")
          ? type.startsWith(pattern.substring(0, pattern.length() - 1))
          : type.equals(pattern)) {
        return true;
      }
    }
    return false;
  }

  /** The secrets that sign at a time, the newest first. */
  List<WebhookSecret> secretsAt(Instant now) {
    return previousSecret != null && previousUntil != null && now.isBefore(previousUntil)
        ? List.of(secret, previousSecret)
        : List.of(secret);
  }
}
