package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A new account, or a change of one: then a field that is absent or null stays as it is and the
 * username cannot change.
 *
 * @param username required for a new account; 1 to 64 of a-z, 0-9, _ and -, the first a letter or
 *     digit
 * @param password required for a new account; 8 to 256 characters, not only spaces, not the
 *     username and none of the most common passwords; a new one ends all logins of the user
 * @param displayName at most 100 characters; a new account without one is called by its username
 * @param role {@code admin}, {@code manager} or {@code member}, which is the default
 * @param disabled a disabled user cannot log in, and is logged out everywhere
 */
@Serdeable
@Schema(example = AccountExamples.NEW_USER)
record UserRequest(
    @Schema(pattern = AccountExamples.USERNAME) @Nullable String username,
    @Schema(minLength = 8, maxLength = 256) @Nullable String password,
    @Schema(minLength = 1, maxLength = 100) @Nullable String displayName,
    @Schema(allowableValues = {"admin", "manager", "member"}) @Nullable String role,
    @Nullable Boolean disabled) {

  @Override
  public String toString() {
    return "UserRequest[" + username + "]";
  }
}
