package io.crewline.account;

import io.crewline.platform.Ids;
import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;

/** Makes the pair of tokens that a login or an exchange answers with. */
@Singleton
final class TokenIssuer {
  private final AccessTokens accessTokens;
  private final RefreshTokenRepository refreshTokens;
  private final Settings settings;
  private final Ids ids;
  private final Clock clock;

  TokenIssuer(
      AccessTokens accessTokens,
      RefreshTokenRepository refreshTokens,
      Settings settings,
      Ids ids,
      Clock clock) {
    this.accessTokens = accessTokens;
    this.refreshTokens = refreshTokens;
    this.settings = settings;
    this.ids = ids;
    this.clock = clock;
  }

  /** The first tokens of a new family. Needs a transaction and the account's lock. */
  TokenResponse issueFirst(String username) {
    return issue(username, ids.random(), ids.random() + ids.random());
  }

  /**
   * Tokens for one who asks again: the refresh token that was given out before, and an access token
   * of the same family.
   */
  TokenResponse repeat(String username, String family, String refresh) {
    return response(username, accessTokens.issue(username, family), refresh);
  }

  /** Tokens of a family, with a new refresh token. Needs a transaction and the account's lock. */
  TokenResponse issue(String username, String family, String refresh) {
    Instant now = clock.instant();
    String access = accessTokens.issue(username, family);
    refreshTokens.insert(refresh, family, username, now, now.plus(settings.refreshTokenLifetime()));
    return response(username, access, refresh);
  }

  private TokenResponse response(String username, String access, String refresh) {
    return new TokenResponse(
        username, access, access, refresh, "Bearer", settings.accessTokenLifetime().toSeconds());
  }
}
