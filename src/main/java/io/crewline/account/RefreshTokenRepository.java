package io.crewline.account;

import io.crewline.platform.Database;
import io.crewline.platform.Secrets;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Optional;

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

  private final Database database;

  RefreshTokenRepository(Database database) {
    this.database = database;
  }

  /** What is known of a token that was given out and has not expired. */
  record Known(String family, String username, boolean used, boolean justUsed, boolean revoked) {}

  Optional<Known> find(String token, Instant now) {
    return database.queryOne(
        """
        SELECT family, username, used_at IS NOT NULL AS used, revoked_at IS NOT NULL AS revoked,
               coalesce(used_at > clock_timestamp() - interval '%d seconds', false) AS just_used
        FROM refresh_token WHERE hash = ? AND expires_at > ?
        """
            .formatted(GRACE_SECONDS),
        row ->
            new Known(
                row.getString("family"),
                row.getString("username"),
                row.getBoolean("used"),
                row.getBoolean("just_used"),
                row.getBoolean("revoked")),
        Secrets.sha256(token),
        now);
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

  /** By the database's time: another node may read it. */
  void markUsed(String token) {
    database.update(
        "UPDATE refresh_token SET used_at = clock_timestamp() WHERE hash = ?",
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
