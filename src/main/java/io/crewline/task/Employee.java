package io.crewline.task;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who does tasks, with or without a user account.
 *
 * @param username the account that sees the employee's tasks, or null
 * @param email for managers; members are shown null
 * @param phone for managers; members are shown null
 * @param locale the language to address them in, such as {@code de} or {@code pt-BR}, or null
 */
@Serdeable
@Schema(name = "Employee", example = TaskExamples.EMPLOYEE)
public record Employee(
    long id,
    @Schema(minLength = 1, maxLength = 200) String name,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String username,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED, maxLength = 254) @Nullable String email,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED, maxLength = 50) @Nullable String phone,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED, maxLength = 35) @Nullable String locale,
    Instant createdAt,
    Instant updatedAt) {

  /** As a task shows them. */
  public EmployeeRef ref() {
    return new EmployeeRef(id, name);
  }
}
