package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.JsonInput;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** What users do with their own account. */
@Singleton
final class OwnAccountService {
  private final Database database;
  private final AccountRepository accounts;
  private final PasswordCheck passwordCheck;
  private final UserService users;

  OwnAccountService(
      Database database,
      AccountRepository accounts,
      PasswordCheck passwordCheck,
      UserService users) {
    this.database = database;
    this.accounts = accounts;
    this.passwordCheck = passwordCheck;
    this.users = users;
  }

  UserResponse get(Identity caller) {
    return users.get(caller.username());
  }

  /**
   * Changes the fields that are given.
   *
   * @param client where the caller comes from
   * @throws ApiException {@link ErrorCode#BAD_REQUEST} for a bad field or a wrong current password,
   *     {@link ErrorCode#RATE_LIMITED} after too many wrong ones
   */
  UserResponse change(Identity caller, InetAddress client, JsonInput input) {
    UserInput wanted = UserInput.changeOwn(caller.username(), input);
    if (wanted.password() != null) {
      requireCurrentPassword(caller.username(), client, input.secret("currentPassword"));
    }
    return users.change(wanted);
  }

  /** A stolen access token alone must not be enough to take an account over. */
  private void requireCurrentPassword(
      String username, InetAddress client, @Nullable String current) {
    String hash =
        database.transaction(() -> accounts.find(username)).map(Account::passwordHash).orElse(null);
    String possible = current != null && Passwords.isPossible(current) ? current : "";
    if (!passwordCheck.matches(client, username, true, possible, hash)) {
      throw ApiException.badField("currentPassword", "is wrong");
    }
  }
}
