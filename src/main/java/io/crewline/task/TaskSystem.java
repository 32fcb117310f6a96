package io.crewline.task;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;

/**
 * A thing that tasks are about: a machine, a site, a service.
 *
 * @param description empty for none
 */
@Serdeable
@Schema(name = "System", example = TaskExamples.SYSTEM)
public record TaskSystem(
    long id,
    @Schema(minLength = 1, maxLength = 200) String name,
    @Schema(maxLength = 10_000) String description,
    Instant createdAt,
    Instant updatedAt) {

  /** As a task shows it. */
  public SystemRef ref() {
    return new SystemRef(id, name);
  }
}
