package io.crewline.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A room.
 *
 * @param cid {@code <type>:<id>}
 * @param name for people, at most 200 characters; the id when none was given
 * @param isPrivate whether only members may know of it
 * @param createdBy its first owner; absent when that account is gone
 */
@Serdeable
public record Room(
    String cid,
    String type,
    String id,
    String name,
    @JsonProperty("private") boolean isPrivate,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String createdBy,
    Instant createdAt) {}
