package io.crewline.task;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;

/** What somebody wrote down about a task. Notes are never changed. */
@Serdeable
@Schema(name = "TaskNote", example = TaskExamples.TASK_NOTE)
public record TaskNote(
    long id, @Schema(maxLength = 10_000) String text, Actor by, Instant createdAt) {}
