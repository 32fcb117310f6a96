package io.crewline.task;

import io.micronaut.serde.annotation.Serdeable;
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
public record TaskImage(
    long id,
    String url,
    String thumbnailUrl,
    String contentType,
    int width,
    int height,
    long bytes,
    Actor by,
    Instant createdAt) {}
