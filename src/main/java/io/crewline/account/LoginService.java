package io.crewline.account;

import io.crewline.account.TokenIssuer.Issued;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Turns a name and a password into tokens. */
@Singleton
final class LoginService {
  private final Database database;
  private final AccountService accountService;
  private final AccountRepository accounts;
  private final PasswordCheck passwordCheck;
  private final PasswordHasher hasher;
  private final TokenIssuer issuer;
  private final Settings settings;

  LoginService(
      Database database,
      AccountService accountService,
      AccountRepository accounts,
      PasswordCheck passwordCheck,
      PasswordHasher hasher,
      TokenIssuer issuer,
      Settings settings) {
    this.database = database;
    this.accountService = accountService;
    this.accounts = accounts;
    this.passwordCheck = passwordCheck;
    this.hasher = hasher;
    this.issuer = issuer;
    this.settings = settings;
  }

  /** Whether a login needs a password: not with {@code CREWLINE_AUTH=none}. */
  boolean asksForPassword() {
    return settings.authRequired();
  }

  /**
   * Tokens for the user of that name and password; with {@code CREWLINE_AUTH=none} for any name,
   * whatever the password.
   *
   * @param client where the caller comes from
   * @param idempotencyKey the one of the call, if it has one
   * @throws ApiException {@link ErrorCode#UNAUTHENTICATED}, the same whether the user does not
   *     exist, is disabled or has another password; {@link ErrorCode#RATE_LIMITED} after too many
   *     failures; {@link ErrorCode#BAD_REQUEST} for a missing field
   */
  Issued login(
      InetAddress client,
      String username,
      @Nullable String password,
      @Nullable String idempotencyKey) {
    if (!settings.authRequired()) {
      return loginByName(username, idempotencyKey);
    }
    if (password == null) {
      throw ApiException.badField("password", "is required");
    }
    // A user who cannot exist, or a password that nobody can have, is a failure like any other.
    Account account =
        Usernames.isValid(username)
            ? database.transaction(() -> accounts.find(username)).orElse(null)
            : null;
    String hash = account == null ? null : account.passwordHash();
    String possible = Passwords.isPossible(password) ? password : "";
    if (!passwordCheck.matches(client, username, false, possible, hash) || hash == null) {
      throw wrongLogin();
    }
    String newHash = hasher.isOutdated(hash) ? hasher.hash(password) : hash;
    return database
        .transaction(
            () ->
                accounts
                    .findAndLock(username)
                    // The account may have changed while its password was checked.
                    .filter(found -> !found.disabled() && hash.equals(found.passwordHash()))
                    .map(
                        found -> {
                          if (!newHash.equals(hash)) {
                            accounts.update(found.withPasswordHash(newHash));
                          }
                          return issuer.issueFirst(username, idempotencyKey);
                        }))
        .orElseThrow(LoginService::wrongLogin);
  }

  private Issued loginByName(String username, @Nullable String idempotencyKey) {
    try {
      return database.transaction(
          () -> {
            Identity identity = accountService.identifyOrCreate(username);
            accounts.findAndLock(username);
            return issuer.issueFirst(identity.username(), idempotencyKey);
          });
    } catch (ApiException e) {
      throw e.code() == ErrorCode.FORBIDDEN ? wrongLogin() : e;
    }
  }

  private static ApiException wrongLogin() {
    return ApiException.of(ErrorCode.UNAUTHENTICATED, "wrong username or password");
  }
}
