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
    return issueNext(username, ids.random());
  }

  /** More tokens of a family. Needs a transaction and the account's lock. */
  TokenResponse issueNext(String username, String family) {
    Instant now = clock.instant();
    String access = accessTokens.issue(username, family);
    String refresh = ids.random() + ids.random();
    refreshTokens.insert(refresh, family, username, now, now.plus(settings.refreshTokenLifetime()));
    return new TokenResponse(
        username, access, access, refresh, "Bearer", settings.accessTokenLifetime().toSeconds());
  }
}
