package io.crewline.chat;

import io.crewline.account.Identity;
import io.micronaut.serde.annotation.Serdeable;

/** A user as others see them. */
@Serdeable
record UserRef(String id, String name) {
  static UserRef of(Identity identity) {
    return new UserRef(identity.username(), identity.displayName());
  }
}
