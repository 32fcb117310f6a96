package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;
import org.jspecify.annotations.Nullable;

/** A refresh token, to be exchanged or revoked. */
@Serdeable
record RefreshRequest(@Nullable String refresh) {
  @Override
  public String toString() {
    return "RefreshRequest[]";
  }
}
