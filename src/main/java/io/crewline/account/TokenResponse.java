package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;

/**
 * The tokens of a login. {@code access} and {@code userToken} are the same JWT.
 *
 * @param userID the username
 * @param refresh to be exchanged once for new tokens
 * @param tokenType always {@code Bearer}
 * @param expiresIn how long the access token is valid, in seconds
 */
@Serdeable
@Schema(example = AccountExamples.TOKENS)
record TokenResponse(
    String userID,
    String userToken,
    String access,
    String refresh,
    @Schema(allowableValues = "Bearer") String tokenType,
    @Schema(minimum = "1") long expiresIn) {

  @Override
  public String toString() {
    return "TokenResponse[" + userID + "]";
  }
}
