package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;

/**
 * The tokens of a login. {@code access} and {@code userToken} are the same JWT.
 *
 * @param userID the username
 * @param refresh to be exchanged once for new tokens
 * @param tokenType always {@code Bearer}
 * @param expiresIn how long the access token is valid, in seconds
 */
@Serdeable
record TokenResponse(
    String userID,
    String userToken,
    String access,
    String refresh,
    String tokenType,
    long expiresIn) {

  @Override
  public String toString() {
    return "TokenResponse[" + userID + "]";
  }
}
