package io.crewline.notification;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What a notification is about, as it was then: a task, a message or a confirmation. The text of a
 * message is not in it, for a deleted message must not live on here.
 *
 * @param task the task; absent for mentions
 * @param channel the room of the message; only for mentions
 * @param messageId the message; only for mentions
 * @param confirmationId the confirmation; only for {@code confirmationAcknowledged}
 */
@Serdeable
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(name = "NotificationData")
record NotificationData(
    @Schema(nullable = false) @Nullable NotificationTask task,
    @Schema(nullable = false) @Nullable String channel,
    @Schema(nullable = false) @Nullable Long messageId,
    @Schema(nullable = false) @Nullable Long confirmationId) {

  static NotificationData of(NotificationTask task) {
    return new NotificationData(task, null, null, null);
  }

  static NotificationData confirmation(long id) {
    return new NotificationData(null, null, null, id);
  }

  static NotificationData mention(String channel, long messageId) {
    return new NotificationData(null, channel, messageId, null);
  }
}
