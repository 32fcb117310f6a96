package io.crewline.account;

import io.crewline.account.TokenIssuer.Issued;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Secrets;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of refresh tokens (RFC 9700 §4.14): each is exchanged once, and one that comes back is
 * taken for stolen, so that everything that followed from its login is revoked.
 *
 * <p>Tabs of one browser may exchange the same token at once: within some seconds, and as long as
 * the successor is unused, a token that comes back gets the same successor. With the {@code
 * Idempotency-Key} of the first exchange it does so for some minutes. Nothing else is different
 * then: once the successor is used, or the key is another, the token is taken for stolen.
 */
@Singleton
final class RefreshService {
  private static final Logger LOG = LoggerFactory.getLogger(RefreshService.class);

  private final Database database;
  private final AccountRepository accounts;
  private final RefreshTokenRepository refreshTokens;
  private final DerivedTokens derived;
  private final TokenIssuer issuer;
  private final GuessLimit guesses;
  private final ApplicationEventPublisher<LoginEnded> ended;
  private final Clock clock;

  RefreshService(
      Database database,
      AccountRepository accounts,
      RefreshTokenRepository refreshTokens,
      DerivedTokens derived,
      TokenIssuer issuer,
      GuessLimit guesses,
      ApplicationEventPublisher<LoginEnded> ended,
      Clock clock) {
    this.database = database;
    this.accounts = accounts;
    this.refreshTokens = refreshTokens;
    this.derived = derived;
    this.issuer = issuer;
    this.guesses = guesses;
    this.ended = ended;
    this.clock = clock;
  }

  /**
   * Exchanges a refresh token for new tokens. Of several exchanges of one token, those soon after
   * the first, and those with its key, get the same refresh token, unless it was used already; any
   * other revokes the whole family.
   *
   * @param client where the caller comes from
   * @param idempotencyKey the one of the call, if it has one
   * @throws ApiException {@link ErrorCode#UNAUTHENTICATED} for a token that is unknown, used,
   *     revoked or expired, or whose user is disabled
   */
  Issued refresh(InetAddress client, String token, @Nullable String idempotencyKey) {
    byte[] key = idempotencyKey == null ? null : Secrets.sha256(idempotencyKey);
    // The refusal is thrown outside: thrown inside, it would roll back the revocation.
    return database
        .transaction(() -> exchange(client, token, key))
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

  private Optional<Issued> exchange(InetAddress client, String token, byte @Nullable [] key) {
    Instant now = clock.instant();
    Account owner = lockOwner(token, now).orElse(null);
    // Read again under the lock: until then another exchange of the same token may have won.
    RefreshTokenRepository.Known known = refreshTokens.find(token, now).orElse(null);
    if (owner == null || owner.disabled() || known == null || known.revoked()) {
      return Optional.empty();
    }
    if (known.used()) {
      boolean sameKey = key != null && Arrays.equals(key, known.exchangeKey());
      if (sameKey || known.justUsed()) {
        for (String successor : derived.successors(token)) {
          RefreshTokenRepository.Known next = refreshTokens.find(successor, now).orElse(null);
          if (next != null
              && next.family().equals(known.family())
              && !next.used()
              && !next.revoked()) {
            return Optional.of(new Issued(issuer.repeat(successor, next), sameKey));
          }
        }
      }
      end(known, LoginEnded.Reason.TOKEN_REUSED, now);
      LOG.warn("A refresh token of {} came back after its use; its login ends", owner.username());
      return Optional.empty();
    }
    refreshTokens.markUsed(token, key);
    guesses.seen(owner.username(), client);
    return Optional.of(
        new Issued(
            issuer.issue(owner.username(), known.family(), derived.successor(token)), false));
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
