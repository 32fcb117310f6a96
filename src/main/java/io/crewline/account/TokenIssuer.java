package io.crewline.account;

import io.crewline.account.RefreshTokenRepository.Known;
import io.crewline.platform.Ids;
import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the pair of tokens that a login or an exchange answers with. */
@Singleton
final class TokenIssuer {
  private final AccessTokens accessTokens;
  private final RefreshTokenRepository refreshTokens;
  private final DerivedTokens derived;
  private final Settings settings;
  private final Ids ids;
  private final Clock clock;

  TokenIssuer(
      AccessTokens accessTokens,
      RefreshTokenRepository refreshTokens,
      DerivedTokens derived,
      Settings settings,
      Ids ids,
      Clock clock) {
    this.accessTokens = accessTokens;
    this.refreshTokens = refreshTokens;
    this.derived = derived;
    this.settings = settings;
    this.ids = ids;
    this.clock = clock;
  }

  /**
   * Tokens that are given out.
   *
   * @param repeated whether a call with the same {@code Idempotency-Key} was given them before
   */
  record Issued(TokenResponse tokens, boolean repeated) {}

  /**
   * The first tokens of a new family, for one who has just shown who they are. With a key, a repeat
   * soon after gets the same ones as long as they are unused; then the key means nothing any more.
   * Needs a transaction and the account's lock.
   */
  Issued issueFirst(String username, @Nullable String idempotencyKey) {
    String refresh = ids.random() + ids.random();
    if (idempotencyKey != null) {
      List<String> candidates = derived.firsts(username, idempotencyKey);
      for (String candidate : candidates) {
        Known known = refreshTokens.find(candidate, clock.instant()).orElse(null);
        if (known != null && known.isNew() && !known.used() && !known.revoked()) {
          return new Issued(repeat(candidate, known), true);
        }
      }
      if (!refreshTokens.exists(candidates.getFirst())) {
        refresh = candidates.getFirst();
      }
    }
    return new Issued(issue(username, ids.random(), refresh), false);
  }

  /** Tokens of a family, with a new refresh token. Needs a transaction and the account's lock. */
  TokenResponse issue(String username, String family, String refresh) {
    // As the database keeps it, so that a repeat finds the same time.
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    refreshTokens.insert(refresh, family, username, now, now.plus(settings.refreshTokenLifetime()));
    return response(username, family, refresh, now);
  }

  /**
   * For one who asks again: the refresh token that was given out before, and the access token that
   * was given out with it, unless half of its life is over.
   */
  TokenResponse repeat(String refresh, Known known) {
    Instant now = clock.instant();
    Duration half = settings.accessTokenLifetime().dividedBy(2);
    Instant at = now.isBefore(known.createdAt().plus(half)) ? known.createdAt() : now;
    return response(known.username(), known.family(), refresh, at);
  }

  private TokenResponse response(String username, String family, String refresh, Instant at) {
    String access = accessTokens.issue(username, family, DerivedTokens.accessTokenId(refresh), at);
    return new TokenResponse(
        username, access, access, refresh, "Bearer", settings.accessTokenLifetime().toSeconds());
  }
}
