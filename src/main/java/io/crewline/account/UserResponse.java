package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;

/**
 * An account as its owner and administrators see it.
 *
 * @param role {@code admin}, {@code manager} or {@code member}
 */
@Serdeable
@Schema(example = AccountExamples.USER)
record UserResponse(
    @Schema(pattern = AccountExamples.USERNAME) String username,
    @Schema(minLength = 1, maxLength = 100) String displayName,
    @Schema(allowableValues = {"admin", "manager", "member"}) String role,
    boolean disabled,
    Instant createdAt) {

  static UserResponse of(Account account) {
    return new UserResponse(
        account.username(),
        account.displayName(),
        account.role().wireName(),
        account.disabled(),
        account.createdAt());
  }
}
