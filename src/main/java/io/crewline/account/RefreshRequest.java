package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A refresh token, to be exchanged or revoked. */
@Serdeable
@Schema(example = AccountExamples.REFRESH)
record RefreshRequest(
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED, nullable = false, minLength = 1)
        @Nullable String refresh) {
  @Override
  public String toString() {
    return "RefreshRequest[]";
  }
}
