package io.crewline.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micronaut.serde.annotation.Serdeable;
import org.jspecify.annotations.Nullable;

/**
 * A message that is committed.
 *
 * @param duplicate true when an earlier send with the same {@code clientId} made it; else absent
 */
@Serdeable
record Posted(
    Message message,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean duplicate) {}
