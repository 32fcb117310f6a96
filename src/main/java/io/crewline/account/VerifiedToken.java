package io.crewline.account;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a valid access token says. It proves who the caller is, not that the account still exists,
 * that the login goes on or what the user may do: ask {@link
 * AccountService#identify(VerifiedToken)} for that.
 *
 * @param login which login of the user it came from; null for a token that belongs to none and so
 *     is valid until it expires
 * @param expiresAt from this moment on the token is no longer valid
 */
public record VerifiedToken(String username, @Nullable String login, Instant expiresAt) {
  /** The attribute of a REST request that holds its token, when it came with a valid one. */
  public static final String ATTRIBUTE = "crewline.token";
}
