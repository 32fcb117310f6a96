package io.crewline.confirmation;

import io.crewline.task.EmployeeRef;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a link shows.
 *
 * @param employee to whom it was given
 * @param acknowledgedAt when the employee said that they have received the tasks, or null
 * @param expiresAt from when on the link is not valid
 * @param tasks those on the link, by id; empty when all were reassigned or deleted
 */
@Serdeable
@Schema(name = "ConfirmationLink", example = ConfirmationExamples.LINK)
record LinkView(
    EmployeeRef employee,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant acknowledgedAt,
    Instant expiresAt,
    List<LinkTask> tasks) {}
