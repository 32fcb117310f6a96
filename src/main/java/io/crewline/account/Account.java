package io.crewline.account;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One row of {@code account}. {@code toString} keeps the password hash to itself. */
record Account(
    String username,
    String displayName,
    Role role,
    @Nullable String passwordHash,
    boolean disabled,
    Instant createdAt) {

  Identity identity() {
    return new Identity(username, displayName, role);
  }

  Account with(String newDisplayName, Role newRole, boolean newDisabled) {
    return new Account(username, newDisplayName, newRole, passwordHash, newDisabled, createdAt);
  }

  Account withPasswordHash(String hash) {
    return new Account(username, displayName, role, hash, disabled, createdAt);
  }

  @Override
  public String toString() {
    return "Account[" + username + ", " + role + (disabled ? ", disabled]" : "]");
  }
}
