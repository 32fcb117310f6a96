package io.crewline.account;

import org.jspecify.annotations.Nullable;

/**
 * Logins of a user have ended before their time: their refresh tokens are revoked, their access
 * tokens are no longer valid. Published inside the transaction that ends them. (Disabling a user
 * ends all logins too; that is told by {@link AccountChanged}.)
 *
 * @param login the login, as in {@link VerifiedToken#login}; null for all logins of the user
 */
public record LoginEnded(String username, @Nullable String login, Reason reason) {
  /** Why. */
  public enum Reason {
    /** Its refresh token was revoked. */
    LOGGED_OUT("loggedOut"),
    /** One of its refresh tokens came back after its use, as a stolen one does. */
    TOKEN_REUSED("tokenReused"),
    /** The user has a new password. */
    PASSWORD_CHANGED("passwordChanged");

    private final String wireName;

    Reason(String wireName) {
      this.wireName = wireName;
    }

    /** The reason as it stands in JSON. */
    public String wireName() {
      return wireName;
    }
  }
}
