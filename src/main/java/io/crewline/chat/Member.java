package io.crewline.chat;

import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;

/**
 * A member of a room.
 *
 * @param role {@code owner} or {@code member}
 */
@Serdeable
record Member(UserRef user, String role, Instant joinedAt) {}
