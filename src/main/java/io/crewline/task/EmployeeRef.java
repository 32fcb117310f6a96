package io.crewline.task;

import io.micronaut.serde.annotation.Serdeable;

/** An employee as a task shows it. */
@Serdeable
public record EmployeeRef(long id, String name) {}
