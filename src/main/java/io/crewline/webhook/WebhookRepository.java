package io.crewline.webhook;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The table {@code webhook}. */
@Singleton
final class WebhookRepository {
  private static final String COLUMNS =
      """
      id, url, events, description, active, secret, previous_secret, previous_until, failing_since,
      disabled_reason, created_at, updated_at
      """;

  private final Database database;

  WebhookRepository(Database database) {
    this.database = database;
  }

  Webhook insert(
      String url,
      List<String> events,
      @Nullable String description,
      boolean active,
      WebhookSecret secret,
      Instant now) {
    return database
        .queryOne(
            """
            INSERT INTO webhook (url, events, description, active, secret, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING
            """
                + COLUMNS,
            WebhookRepository::map,
            url,
            events.toArray(String[]::new),
            description,
            active,
            secret.text(),
            now,
            now)
        .orElseThrow();
  }

  void update(Webhook webhook) {
    database.update(
        """
        UPDATE webhook
        SET url = ?, events = ?, description = ?, active = ?, secret = ?, previous_secret = ?,
            previous_until = ?, failing_since = ?, disabled_reason = ?, updated_at = ?
        WHERE id = ?
        """,
        webhook.url(),
        webhook.events().toArray(String[]::new),
        webhook.description(),
        webhook.active(),
        webhook.secret().text(),
        webhook.previousSecret() == null ? null : webhook.previousSecret().text(),
        webhook.previousUntil(),
        webhook.failingSince(),
        webhook.disabledReason(),
        webhook.updatedAt(),
        webhook.id());
  }

  boolean delete(long id) {
    return database.update("DELETE FROM webhook WHERE id = ?", id) > 0;
  }

  /** Lets one creation after another look at the number. */
  long countAlone() {
    database.update("LOCK TABLE webhook IN SHARE ROW EXCLUSIVE MODE");
    return database
        .queryOne("SELECT count(*) AS count FROM webhook", row -> row.getLong("count"))
        .orElse(0L);
  }

  Optional<Webhook> find(long id) {
    return database.queryOne(
        "SELECT " + COLUMNS + " FROM webhook WHERE id = ?", WebhookRepository::map, id);
  }

  Optional<Webhook> findAndLock(long id) {
    return database.queryOne(
        "SELECT " + COLUMNS + " FROM webhook WHERE id = ? FOR NO KEY UPDATE",
        WebhookRepository::map,
        id);
  }

  List<Webhook> listAfter(long id, int limit) {
    return database.query(
        "SELECT " + COLUMNS + " FROM webhook WHERE id > ? ORDER BY id LIMIT ?",
        WebhookRepository::map,
        id,
        limit);
  }

  List<Webhook> active() {
    return database.query(
        "SELECT " + COLUMNS + " FROM webhook WHERE active ORDER BY id", WebhookRepository::map);
  }

  void failing(Collection<Long> ids, Instant since) {
    database.update(
        "UPDATE webhook SET failing_since = ? WHERE id = ANY (?) AND failing_since IS NULL",
        since,
        ids.toArray(Long[]::new));
  }

  void succeeding(Collection<Long> ids) {
    database.update(
        "UPDATE webhook SET failing_since = NULL WHERE id = ANY (?) AND failing_since IS NOT NULL",
        (Object) ids.toArray(Long[]::new));
  }

  /** Switches off those that have failed since the time or before. Returns their ids. */
  List<Long> disableFailingSince(Instant since, Instant now) {
    return database.query(
        """
        UPDATE webhook SET active = false, disabled_reason = ?, updated_at = ?
        WHERE active AND failing_since <= ? RETURNING id
        """,
        row -> row.getLong("id"),
        Webhook.FAILING,
        now,
        since);
  }

  void disableGone(Collection<Long> ids, Instant now) {
    database.update(
        """
        UPDATE webhook SET active = false, disabled_reason = ?, updated_at = ?
        WHERE active AND id = ANY (?)
        """,
        Webhook.GONE,
        now,
        ids.toArray(Long[]::new));
  }

  private static Webhook map(ResultSet row) throws SQLException {
    Array events = row.getArray("events");
    String previous = row.getString("previous_secret");
    return new Webhook(
        row.getLong("id"),
        row.getString("url"),
        List.of((String[]) events.getArray()),
        row.getString("description"),
        row.getBoolean("active"),
        new WebhookSecret(row.getString("secret")),
        previous == null ? null : new WebhookSecret(previous),
        Database.instantOrNull(row, "previous_until"),
        Database.instantOrNull(row, "failing_since"),
        row.getString("disabled_reason"),
        Database.instant(row, "created_at"),
        Database.instant(row, "updated_at"));
  }
}
