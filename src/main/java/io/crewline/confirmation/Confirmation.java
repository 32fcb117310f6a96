package io.crewline.confirmation;

import io.crewline.task.EmployeeRef;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A confirmation as managers see it.
 *
 * @param employee to whom the link was given
 * @param createdBy the username of who made it
 * @param expiresAt from when on the link is not valid
 * @param acknowledgedAt when the employee said that they have received the tasks, or null
 * @param revokedAt since when the link is withdrawn, or null
 * @param taskIds the tasks that are on the link; reassigned and deleted ones are not
 * @param progress how far these tasks are
 */
@Serdeable
@Schema(name = "Confirmation", example = ConfirmationExamples.CONFIRMATION)
public record Confirmation(
    long id,
    EmployeeRef employee,
    String createdBy,
    Instant createdAt,
    Instant expiresAt,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant acknowledgedAt,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Instant revokedAt,
    List<Long> taskIds,
    Progress progress) {

  /**
   * How many tasks are how far.
   *
   * @param tasks all that are on the link
   * @param acknowledged those that the employee knows of
   * @param inProgress those being worked on
   * @param done those that are finished
   */
  @Serdeable
  @Schema(name = "ConfirmationProgress")
  public record Progress(int tasks, int acknowledged, int inProgress, int done) {}
}
