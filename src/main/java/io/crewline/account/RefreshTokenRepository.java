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
  private final Database database;

  RefreshTokenRepository(Database database) {
    this.database = database;
  }

  /** What is known of a token that was given out and has not expired. */
  record Known(String family, String username, boolean used, boolean revoked) {}

  Optional<Known> find(String token, Instant now) {
    return database.queryOne(
        """
        SELECT family, username, used_at IS NOT NULL AS used, revoked_at IS NOT NULL AS revoked
        FROM refresh_token WHERE hash = ? AND expires_at > ?
        """,
        row ->
            new Known(
                row.getString("family"),
                row.getString("username"),
                row.getBoolean("used"),
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

  void markUsed(String token, Instant now) {
    database.update(
        "UPDATE refresh_token SET used_at = ? WHERE hash = ?", now, Secrets.sha256(token));
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
