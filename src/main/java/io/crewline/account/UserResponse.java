package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;

/**
 * An account as its owner and administrators see it.
 *
 * @param role {@code admin}, {@code manager} or {@code member}
 */
@Serdeable
record UserResponse(
    String username, String displayName, String role, boolean disabled, Instant createdAt) {

  static UserResponse of(Account account) {
    return new UserResponse(
        account.username(),
        account.displayName(),
        account.role().wireName(),
        account.disabled(),
        account.createdAt());
  }
}
