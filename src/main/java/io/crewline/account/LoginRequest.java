package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A login by name and password.
 *
 * @param username the name of the account
 * @param password its password; not asked for with {@code CREWLINE_AUTH=none}
 */
@Serdeable
@Schema(example = AccountExamples.LOGIN)
record LoginRequest(
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED, nullable = false)
        @Nullable String username,
    @Nullable String password) {
  @Override
  public String toString() {
    return "LoginRequest[" + username + "]";
  }
}
