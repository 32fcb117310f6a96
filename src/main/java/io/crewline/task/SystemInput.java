package io.crewline.task;

import io.crewline.platform.JsonInput;
import io.micronaut.json.tree.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants a system to be.
 *
 * @param name null keeps it
 * @param description null keeps it
 */
record SystemInput(@Nullable String name, @Nullable String description) {
  static final int NAME_LENGTH = 200;
  static final int DESCRIPTION_LENGTH = 10_000;

  /** A whole system: what is absent gets its default. */
  static SystemInput whole(JsonNode body) {
    return read(new JsonInput(body), true);
  }

  /** A merge patch (RFC 7396): what is absent stays, null removes. */
  static SystemInput patch(JsonNode body) {
    JsonInput input = new JsonInput(body);
    input.keep("name");
    return read(input, false);
  }

  private static SystemInput read(JsonInput input, boolean whole) {
    SystemInput read =
        new SystemInput(
            whole || input.has("name") ? input.requiredText("name", NAME_LENGTH) : null,
            whole || input.has("description")
                ? input.text("description", DESCRIPTION_LENGTH)
                : null);
    input.check();
    return read;
  }

  /** The system with the fields set. */
  TaskSystem over(TaskSystem before) {
    return new TaskSystem(
        before.id(),
        name == null ? before.name() : name,
        description == null ? before.description() : description,
        before.createdAt(),
        before.updatedAt());
  }
}
