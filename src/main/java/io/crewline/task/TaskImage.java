package io.crewline.task;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;

/**
 * An image of a task.
 *
 * @param id that of the attachment
 * @param url where to load it, with authorisation
 * @param thumbnailUrl a small version of it
 * @param width in pixels
 * @param height in pixels
 * @param bytes the size of what {@code url} answers
 */
@Serdeable
@Schema(name = "TaskImage", example = TaskExamples.TASK_IMAGE)
public record TaskImage(
    long id,
    String url,
    String thumbnailUrl,
    String contentType,
    @Schema(minimum = "1") int width,
    @Schema(minimum = "1") int height,
    @Schema(minimum = "1") long bytes,
    Actor by,
    Instant createdAt) {}
