package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Paging;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What administrators do with accounts. Who may call it is checked before. */
@Singleton
final class UserService {
  private final Database database;
  private final AccountRepository accounts;
  private final AccountService accountService;
  private final RefreshTokenRepository refreshTokens;
  private final PasswordHasher hasher;
  private final ApplicationEventPublisher<AccountChanged> changed;
  private final ApplicationEventPublisher<LoginEnded> loginEnded;
  private final Clock clock;

  UserService(
      Database database,
      AccountRepository accounts,
      AccountService accountService,
      RefreshTokenRepository refreshTokens,
      PasswordHasher hasher,
      ApplicationEventPublisher<AccountChanged> changed,
      ApplicationEventPublisher<LoginEnded> loginEnded,
      Clock clock) {
    this.database = database;
    this.accounts = accounts;
    this.accountService = accountService;
    this.refreshTokens = refreshTokens;
    this.hasher = hasher;
    this.changed = changed;
    this.loginEnded = loginEnded;
    this.clock = clock;
  }

  UserResponse get(String username) {
    return UserResponse.of(
        database
            .transaction(() -> accounts.find(username))
            .orElseThrow(() -> ApiException.notFound("user")));
  }

  /** A page of at most {@code limit} users, 1 to 200. */
  UserPage list(int limit, @Nullable String cursor) {
    int most = Paging.limit(limit);
    String after = Paging.key("users", cursor);
    List<Account> found = database.transaction(() -> accounts.page(after, most + 1));
    List<Account> page = found.subList(0, Math.min(most, found.size()));
    return new UserPage(
        page.stream().map(UserResponse::of).toList(),
        found.size() > most ? Paging.cursor("users", page.getLast().username()) : null);
  }

  /** A user who may be created if the username is free. */
  record NewUser(
      String username, String displayName, Role role, String passwordHash, boolean disabled) {
    @Override
    public String toString() {
      return "NewUser[username=" + username + "]";
    }
  }

  /** Hashes the password, which takes its time and needs no connection. */
  NewUser check(UserInput wanted) {
    String displayName = wanted.displayName();
    return new NewUser(
        wanted.username(),
        displayName == null ? wanted.username() : displayName,
        wanted.role() == null ? Role.MEMBER : wanted.role(),
        hasher.hash(Objects.requireNonNull(wanted.password())),
        Boolean.TRUE.equals(wanted.disabled()));
  }

  /**
   * @throws ApiException {@link ErrorCode#CONFLICT} if the username is taken
   */
  UserResponse create(NewUser user) {
    return database.transaction(
        () -> {
          if (!accountService.create(
              user.username(),
              user.displayName(),
              user.role(),
              user.passwordHash(),
              user.disabled())) {
            throw ApiException.conflict("the username is taken");
          }
          return get(user.username());
        });
  }

  /**
   * Changes the fields that are given.
   *
   * @throws ApiException {@link ErrorCode#NOT_FOUND}; {@link ErrorCode#CONFLICT} if no enabled
   *     administrator would be left
   */
  UserResponse change(UserInput wanted) {
    String username = wanted.username();
    String displayName = wanted.displayName();
    Role role = wanted.role();
    String hash = wanted.password() == null ? null : hasher.hash(wanted.password());
    return database.transaction(
        () -> {
          // Two administrators who demote each other at once must wait for each other.
          List<String> admins =
              role != null || wanted.disabled() != null ? accounts.lockEnabledAdmins() : List.of();
          Account before =
              accounts.findAndLock(username).orElseThrow(() -> ApiException.notFound("user"));
          Account after =
              before.with(
                  Objects.requireNonNullElse(displayName, before.displayName()),
                  Objects.requireNonNullElse(role, before.role()),
                  Objects.requireNonNullElse(wanted.disabled(), before.disabled()));
          if (admins.equals(List.of(username))
              && (after.role() != Role.ADMIN || after.disabled())) {
            throw ApiException.conflict("this is the last enabled administrator");
          }
          store(before, hash == null ? after : after.withPasswordHash(hash));
          return UserResponse.of(after);
        });
  }

  private void store(Account before, Account after) {
    accounts.update(after);
    boolean newPassword = !Objects.equals(before.passwordHash(), after.passwordHash());
    if (newPassword || after.disabled()) {
      refreshTokens.revokeAllOf(after.username(), clock.instant());
    }
    if (newPassword) {
      loginEnded.publishEvent(
          new LoginEnded(after.username(), null, LoginEnded.Reason.PASSWORD_CHANGED));
    }
    List<String> different = differences(before, after);
    if (!different.isEmpty()) {
      changed.publishEvent(new AccountChanged(after.identity(), after.disabled(), different));
    }
  }

  private static List<String> differences(Account before, Account after) {
    List<String> different = new ArrayList<>();
    if (!before.displayName().equals(after.displayName())) {
      different.add("name");
    }
    if (before.role() != after.role()) {
      different.add("role");
    }
    if (before.disabled() != after.disabled()) {
      different.add("disabled");
    }
    return different;
  }
}
