package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What users may change of their own account. A field that is absent or null stays as it is.
 *
 * @param displayName at most 100 characters
 * @param password a new password, 8 to 256 characters, not only spaces, not the username and none
 *     of the most common passwords; ends all logins of the user, this one too
 * @param currentPassword required with a new password
 */
@Serdeable
@Schema(example = AccountExamples.OWN_ACCOUNT)
record OwnAccountRequest(
    @Schema(minLength = 1, maxLength = 100) @Nullable String displayName,
    @Schema(minLength = 8, maxLength = 256) @Nullable String password,
    @Nullable String currentPassword) {

  @Override
  public String toString() {
    return "OwnAccountRequest[]";
  }
}
