package io.crewline.notification;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a user is told once.
 *
 * @param id unique in the installation; newer ones have greater ids
 * @param kind what happened; more kinds may come
 * @param readAt when the user has read it, on whichever device; null for not yet
 * @param by who did it; null for what time did
 * @param data what it is about; which fields there are depends on the kind
 */
@Serdeable
@Schema(example = NotificationExamples.NOTIFICATION)
record Notification(
    @Schema(minimum = "1") long id,
    @Schema(
            allowableValues = {
              "taskAssigned",
              "taskDueSoon",
              "taskOverdue",
              "mention",
              "confirmationAcknowledged",
              "taskDone"
            })
        String kind,
    Instant createdAt,
    @JsonInclude(JsonInclude.Include.ALWAYS) @Schema(requiredMode = Schema.RequiredMode.REQUIRED)
        @Nullable Instant readAt,
    @JsonInclude(JsonInclude.Include.ALWAYS) @Schema(requiredMode = Schema.RequiredMode.REQUIRED)
        @Nullable NotificationBy by,
    NotificationData data) {}
