package io.crewline.chat;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.platform.JsonText;
import io.micronaut.serde.annotation.Serdeable;
import org.jspecify.annotations.Nullable;

/**
 * A message that is committed.
 *
 * @param json {@code {"message":…}} as the event has it, when this send made the event
 * @param duplicate true when an earlier send with the same {@code clientId} made it; else absent
 */
@Serdeable
record Posted(
    Message message,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean duplicate,
    @JsonIgnore @Nullable JsonText json) {

  static Posted first(Message message, JsonText json) {
    return new Posted(message, null, json);
  }

  static Posted repeated(Message message) {
    return new Posted(message, true, null);
  }

  /** The body of the reply. */
  Object body() {
    return json == null ? this : json;
  }
}
