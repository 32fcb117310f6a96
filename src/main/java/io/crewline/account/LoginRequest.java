package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;
import org.jspecify.annotations.Nullable;

/** A login by name and password. */
@Serdeable
record LoginRequest(@Nullable String username, @Nullable String password) {
  @Override
  public String toString() {
    return "LoginRequest[" + username + "]";
  }
}
