package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;
import org.jspecify.annotations.Nullable;

/**
 * A new account, or a change of one: then a field that is absent or null stays as it is and the
 * username cannot change.
 *
 * @param password 8 to 256 characters; a new one ends all logins of the user
 * @param displayName at most 100 characters; a new account without one is called by its username
 * @param role {@code admin}, {@code manager} or {@code member}, which is the default
 * @param disabled a disabled user cannot log in, and is logged out everywhere
 */
@Serdeable
record UserRequest(
    @Nullable String username,
    @Nullable String password,
    @Nullable String displayName,
    @Nullable String role,
    @Nullable Boolean disabled) {

  @Override
  public String toString() {
    return "UserRequest[" + username + "]";
  }
}
