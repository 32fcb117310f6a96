package io.crewline.task;

import io.micronaut.serde.annotation.Serdeable;

/** A system as a task shows it. */
@Serdeable
public record SystemRef(long id, String name) {}
