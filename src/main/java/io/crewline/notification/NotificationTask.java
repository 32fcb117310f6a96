package io.crewline.notification;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A task as it was when its notification was made.
 *
 * @param status its status then, such as {@code assigned}
 * @param dueAt null for none
 */
@Serdeable
@JsonInclude(JsonInclude.Include.ALWAYS)
record NotificationTask(
    long id,
    String title,
    String status,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant dueAt) {}
