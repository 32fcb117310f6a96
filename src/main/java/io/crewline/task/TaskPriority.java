package io.crewline.task;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How urgent a task is, the least first. */
@Serdeable
public enum TaskPriority {
  @JsonProperty("low")
  LOW("low"),
  /** The default. */
  @JsonProperty("normal")
  NORMAL("normal"),
  @JsonProperty("high")
  HIGH("high"),
  @JsonProperty("urgent")
  URGENT("urgent");

  private final String wireName;

  TaskPriority(String wireName) {
    this.wireName = wireName;
  }

  /** The name in JSON and in the database. */
  public String wireName() {
    return wireName;
  }

  /** The priority of a wire name; null when there is none of that name. */
  public static @Nullable TaskPriority ofWireName(@Nullable String wireName) {
    for (TaskPriority priority : values()) {
      if (priority.wireName.equals(wireName)) {
        return priority;
      }
    }
    return null;
  }

  /** All wire names, the least urgent first. */
  public static List<String> wireNames() {
    return List.of(values()).stream().map(TaskPriority::wireName).toList();
  }

  /** The wire name. */
  @Override
  public String toString() {
    return wireName;
  }
}
