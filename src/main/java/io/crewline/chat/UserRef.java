package io.crewline.chat;

import io.crewline.account.Identity;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;

/**
 * A user as others see them.
 *
 * @param id the username
 * @param name the display name
 */
@Serdeable
public record UserRef(@Schema(pattern = ChatExamples.PART) String id, String name) {
  static UserRef of(Identity identity) {
    return new UserRef(identity.username(), identity.displayName());
  }
}
