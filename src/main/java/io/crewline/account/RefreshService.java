package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of refresh tokens (RFC 9700 §4.14): each is exchanged once, and one that comes back is
 * taken for stolen, so that everything that followed from its login is revoked.
 *
 * <p>Tabs of one browser may exchange the same token at once: within some seconds, and as long as
 * the successor is unused, a token that comes back gets the same successor.
 */
@Singleton
final class RefreshService {
  private static final Logger LOG = LoggerFactory.getLogger(RefreshService.class);

  private final Database database;
  private final AccountRepository accounts;
  private final RefreshTokenRepository refreshTokens;
  private final RefreshSuccessors successors;
  private final TokenIssuer issuer;
  private final ApplicationEventPublisher<LoginEnded> ended;
  private final Clock clock;

  RefreshService(
      Database database,
      AccountRepository accounts,
      RefreshTokenRepository refreshTokens,
      RefreshSuccessors successors,
      TokenIssuer issuer,
      ApplicationEventPublisher<LoginEnded> ended,
      Clock clock) {
    this.database = database;
    this.accounts = accounts;
    this.refreshTokens = refreshTokens;
    this.successors = successors;
    this.issuer = issuer;
    this.ended = ended;
    this.clock = clock;
  }

  /**
   * Exchanges a refresh token for new tokens. Of several exchanges of one token, those soon after
   * the first get the same refresh token, unless it was used already; any other revokes the whole
   * family.
   *
   * @throws ApiException {@link ErrorCode#UNAUTHENTICATED} for a token that is unknown, used,
   *     revoked or expired, or whose user is disabled
   */
  TokenResponse refresh(String token) {
    // The refusal is thrown outside: thrown inside, it would roll back the revocation.
    return database
        .transaction(() -> exchange(token))
        .orElseThrow(
            () -> ApiException.of(ErrorCode.UNAUTHENTICATED, "the refresh token is not valid"));
  }

  /**
   * Ends the login that the token belongs to: its refresh tokens, its access tokens and the
   * sessions opened with them. Nothing happens if the token is not known.
   */
  void revoke(String token) {
    database.transaction(
        () -> {
          Instant now = clock.instant();
          if (lockOwner(token, now).isPresent()) {
            refreshTokens
                .find(token, now)
                .ifPresent(known -> end(known, LoginEnded.Reason.LOGGED_OUT, now));
          }
        });
  }

  private Optional<TokenResponse> exchange(String token) {
    Instant now = clock.instant();
    Account owner = lockOwner(token, now).orElse(null);
    // Read again under the lock: until then another exchange of the same token may have won.
    RefreshTokenRepository.Known known = refreshTokens.find(token, now).orElse(null);
    if (owner == null || owner.disabled() || known == null || known.revoked()) {
      return Optional.empty();
    }
    if (known.used()) {
      String successor = known.justUsed() ? unusedSuccessor(token, known.family(), now) : null;
      if (successor != null) {
        return Optional.of(issuer.repeat(owner.username(), known.family(), successor));
      }
      end(known, LoginEnded.Reason.TOKEN_REUSED, now);
      LOG.warn("A refresh token of {} came back after its use; its login ends", owner.username());
      return Optional.empty();
    }
    refreshTokens.markUsed(token);
    return Optional.of(issuer.issue(owner.username(), known.family(), successors.next(token)));
  }

  private @Nullable String unusedSuccessor(String token, String family, Instant now) {
    for (String candidate : successors.candidates(token)) {
      RefreshTokenRepository.Known next = refreshTokens.find(candidate, now).orElse(null);
      if (next != null && next.family().equals(family) && !next.used() && !next.revoked()) {
        return candidate;
      }
    }
    return null;
  }

  private void end(RefreshTokenRepository.Known known, LoginEnded.Reason reason, Instant now) {
    if (refreshTokens.revokeFamily(known.family(), now)) {
      ended.publishEvent(new LoginEnded(known.username(), known.family(), reason));
    }
  }

  private Optional<Account> lockOwner(String token, Instant now) {
    return refreshTokens.find(token, now).flatMap(known -> accounts.findAndLock(known.username()));
  }
}
