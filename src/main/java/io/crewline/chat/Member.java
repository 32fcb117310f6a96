package io.crewline.chat;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;

/**
 * A member of a room.
 *
 * @param role {@code owner} or {@code member}
 */
@Serdeable
record Member(
    UserRef user, @Schema(allowableValues = {"owner", "member"}) String role, Instant joinedAt) {}
