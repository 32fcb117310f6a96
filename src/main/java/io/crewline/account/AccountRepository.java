package io.crewline.account;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The SQL of {@code account}. Every method needs the caller's transaction. */
@Singleton
final class AccountRepository {
  private static final long BOOTSTRAP_LOCK = 0x6372_6577_6163_6374L;

  private final Database database;

  AccountRepository(Database database) {
    this.database = database;
  }

  Optional<Account> find(String username) {
    return database.queryOne(
        "SELECT * FROM account WHERE username = ?", AccountRepository::account, username);
  }

  /** Those of the names that have an account, by username. */
  Map<String, Account> findAll(Collection<String> usernames) {
    Map<String, Account> found = new HashMap<>();
    database.query(
        "SELECT * FROM account WHERE username = ANY (?)",
        row -> found.put(row.getString("username"), account(row)),
        (Object) usernames.toArray(String[]::new));
    return found;
  }

  /** Whose login it is, and whether it has ended. */
  record Owner(Account account, boolean loginEnded) {}

  /**
   * The owners of logins of users; those without an account are left out. A login of null never
   * ends.
   */
  Map<Callers.Key, Owner> owners(Collection<Callers.Key> logins) {
    Map<Callers.Key, Owner> owners = new HashMap<>();
    database.query(
        """
        SELECT account.*, asked.login,
               EXISTS (SELECT 1 FROM refresh_token
                       WHERE family = asked.login AND revoked_at IS NOT NULL) AS login_ended
        FROM unnest(?, ?) AS asked (username, login) JOIN account USING (username)
        """,
        row ->
            owners.put(
                new Callers.Key(row.getString("username"), row.getString("login")),
                new Owner(account(row), row.getBoolean("login_ended"))),
        logins.stream().map(Callers.Key::username).toArray(String[]::new),
        logins.stream().map(Callers.Key::login).toArray(String[]::new));
    return owners;
  }

  /**
   * As {@link #find}, and keeps others from changing the account or its refresh tokens until the
   * transaction ends: whoever does either takes this lock first.
   */
  Optional<Account> findAndLock(String username) {
    return database.queryOne(
        "SELECT * FROM account WHERE username = ? FOR NO KEY UPDATE",
        AccountRepository::account,
        username);
  }

  /** Locks the enabled administrators, in name order so that two callers cannot deadlock. */
  List<String> lockEnabledAdmins() {
    return database.query(
        """
        SELECT username FROM account WHERE role = 'admin' AND NOT disabled
        ORDER BY username FOR NO KEY UPDATE
        """,
        row -> row.getString(1));
  }

  /** At most {@code limit} accounts in name order, after a name if one is given. */
  List<Account> page(String after, int limit) {
    return database.query(
        """
        SELECT * FROM account WHERE username COLLATE "C" > ? ORDER BY username COLLATE "C" LIMIT ?
        """,
        AccountRepository::account,
        after,
        limit);
  }

  boolean anyAdmin() {
    return database
        .queryOne("SELECT 1 FROM account WHERE role = 'admin' LIMIT 1", row -> true)
        .isPresent();
  }

  Map<String, String> displayNames(Collection<String> usernames) {
    Map<String, String> names = new HashMap<>();
    database.query(
        "SELECT username, display_name FROM account WHERE username = ANY (?)",
        row -> names.put(row.getString(1), row.getString(2)),
        (Object) usernames.toArray(String[]::new));
    return names;
  }

  /** Returns false, and changes nothing, if the username is taken. */
  boolean insert(Account account) {
    return database.update(
            """
            INSERT INTO account (username, display_name, role, password_hash, disabled, created_at)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (username) DO NOTHING
            """,
            account.username(),
            account.displayName(),
            account.role().wireName(),
            account.passwordHash(),
            account.disabled(),
            account.createdAt())
        == 1;
  }

  void update(Account account) {
    database.update(
        """
        UPDATE account SET display_name = ?, role = ?, password_hash = ?, disabled = ?
        WHERE username = ?
        """,
        account.displayName(),
        account.role().wireName(),
        account.passwordHash(),
        account.disabled(),
        account.username());
  }

  /** Lets one node at a time set up the first accounts; held until the transaction ends. */
  void lockBootstrap() {
    database.query("SELECT pg_advisory_xact_lock(?)", row -> true, BOOTSTRAP_LOCK);
  }

  private static Account account(ResultSet row) throws SQLException {
    return new Account(
        row.getString("username"),
        row.getString("display_name"),
        Objects.requireNonNull(Role.ofWireName(row.getString("role"))),
        row.getString("password_hash"),
        row.getBoolean("disabled"),
        Database.instant(row, "created_at"));
  }
}
