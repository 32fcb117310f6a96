package io.crewline.account;

import io.crewline.platform.Database;
import io.crewline.platform.Secrets;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The SQL of {@code refresh_token}. Only SHA-256 hashes are kept: the tokens have 256 random bits,
 * so a hash cannot be turned back. Every method needs the caller's transaction, and the writes the
 * account's lock ({@link AccountRepository#findAndLock}): a family must not grow while it is
 * revoked.
 */
@Singleton
final class RefreshTokenRepository {
  /** For how long a used token may come again and gets the same successor. */
  private static final int GRACE_SECONDS = 10;

  /** For how long a call may be repeated with the same {@code Idempotency-Key}. */
  private static final int KEY_MINUTES = 10;

  private final Database database;

  RefreshTokenRepository(Database database) {
    this.database = database;
  }

  /**
   * What is known of a token that was given out and has not expired.
   *
   * @param isNew whether the call that it came from may be repeated by its key
   * @param justUsed whether it was used so shortly ago that it may come again
   * @param exchangeKey the hash of the key with which it was exchanged; null without one, or when
   *     that exchange cannot be repeated any more
   */
  record Known(
      String family,
      String username,
      Instant createdAt,
      boolean isNew,
      boolean used,
      boolean justUsed,
      byte @Nullable [] exchangeKey,
      boolean revoked) {}

  Optional<Known> find(String token, Instant now) {
    return database.queryOne(
        """
        SELECT family, username, created_at,
               created_at > clock_timestamp() - interval '%2$d minutes' AS is_new,
               used_at IS NOT NULL AS used, revoked_at IS NOT NULL AS revoked,
               coalesce(used_at > clock_timestamp() - interval '%1$d seconds', false) AS just_used,
               CASE WHEN used_at > clock_timestamp() - interval '%2$d minutes'
                    THEN exchange_key END AS exchange_key
        FROM refresh_token WHERE hash = ? AND expires_at > ?
        """
            .formatted(GRACE_SECONDS, KEY_MINUTES),
        row ->
            new Known(
                row.getString("family"),
                row.getString("username"),
                Database.instant(row, "created_at"),
                row.getBoolean("is_new"),
                row.getBoolean("used"),
                row.getBoolean("just_used"),
                row.getBytes("exchange_key"),
                row.getBoolean("revoked")),
        Secrets.sha256(token),
        now);
  }

  /** Whether a token was ever given out, as far as is still known. */
  boolean exists(String token) {
    return database
        .queryOne("SELECT 1 FROM refresh_token WHERE hash = ?", row -> true, Secrets.sha256(token))
        .isPresent();
  }

  void insert(String token, String family, String username, Instant now, Instant expiresAt) {
    database.update(
        """
        INSERT INTO refresh_token (hash, family, username, created_at, expires_at)
        VALUES (?, ?, ?, ?, ?)
        """,
        Secrets.sha256(token),
        family,
        username,
        now,
        expiresAt);
  }

  /**
   * By the database's time: another node may read it.
   *
   * @param exchangeKey the hash of the key of the exchange, if it has one
   */
  void markUsed(String token, byte @Nullable [] exchangeKey) {
    database.update(
        "UPDATE refresh_token SET used_at = clock_timestamp(), exchange_key = ? WHERE hash = ?",
        exchangeKey,
        Secrets.sha256(token));
  }

  /** Returns whether there was anything to revoke. */
  boolean revokeFamily(String family, Instant now) {
    return database.update(
            "UPDATE refresh_token SET revoked_at = ? WHERE family = ? AND revoked_at IS NULL",
            now,
            family)
        > 0;
  }

  void revokeAllOf(String username, Instant now) {
    database.update(
        "UPDATE refresh_token SET revoked_at = ? WHERE username = ? AND revoked_at IS NULL",
        now,
        username);
  }

  int deleteExpired(Instant limit) {
    return database.update("DELETE FROM refresh_token WHERE expires_at <= ?", limit);
  }
}
