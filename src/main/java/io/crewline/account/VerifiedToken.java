package io.crewline.account;

import java.time.Instant;

/**
 * What a valid access token says. It proves who the caller is, not that the account still exists or
 * what it may do: ask {@link AccountService#identify} for that.
 *
 * @param expiresAt from this moment on the token is no longer valid
 */
public record VerifiedToken(String username, Instant expiresAt) {}
