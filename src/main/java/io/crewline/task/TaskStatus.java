package io.crewline.task;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.micronaut.serde.annotation.Serdeable;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far a task is, and which status may follow which: {@link #next()} is the only place that
 * knows. The same status again is no change and always allowed.
 */
@Serdeable
public enum TaskStatus {
  /** Nobody's yet. */
  @JsonProperty("open")
  OPEN("open"),
  /** Given to an employee. */
  @JsonProperty("assigned")
  ASSIGNED("assigned"),
  /** The employee knows of it. */
  @JsonProperty("acknowledged")
  ACKNOWLEDGED("acknowledged"),
  /** Being worked on. */
  @JsonProperty("inProgress")
  IN_PROGRESS("inProgress"),
  /** Finished; may be taken up again. */
  @JsonProperty("done")
  DONE("done"),
  /** Not to be done; may be opened again. */
  @JsonProperty("cancelled")
  CANCELLED("cancelled");

  private final String wireName;

  TaskStatus(String wireName) {
    this.wireName = wireName;
  }

  /** Those that may follow, in the order of this enum. */
  public Set<TaskStatus> next() {
    return switch (this) {
      case OPEN -> EnumSet.of(ASSIGNED, ACKNOWLEDGED, IN_PROGRESS, DONE, CANCELLED);
      case ASSIGNED -> EnumSet.of(OPEN, ACKNOWLEDGED, IN_PROGRESS, DONE, CANCELLED);
      case ACKNOWLEDGED -> EnumSet.of(ASSIGNED, IN_PROGRESS, DONE, CANCELLED);
      case IN_PROGRESS -> EnumSet.of(ACKNOWLEDGED, DONE, CANCELLED);
      case DONE -> EnumSet.of(IN_PROGRESS);
      case CANCELLED -> EnumSet.of(OPEN);
    };
  }

  /** Whether nothing is left to do. */
  public boolean isFinal() {
    return this == DONE || this == CANCELLED;
  }

  /** The name in JSON and in the database, for example {@code inProgress}. */
  public String wireName() {
    return wireName;
  }

  /** The status of a wire name; null when there is none of that name. */
  public static @Nullable TaskStatus ofWireName(@Nullable String wireName) {
    for (TaskStatus status : values()) {
      if (status.wireName.equals(wireName)) {
        return status;
      }
    }
    return null;
  }

  /** All wire names, in the order of this enum. */
  public static List<String> wireNames() {
    return List.of(values()).stream().map(TaskStatus::wireName).toList();
  }

  /** The wire name. */
  @Override
  public String toString() {
    return wireName;
  }
}
