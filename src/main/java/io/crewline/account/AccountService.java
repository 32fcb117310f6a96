package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.BatchLoader;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The accounts as they are now. Every method reads the database, so it blocks; inside a transaction
 * it joins that one. Thread-safe.
 */
@Singleton
public final class AccountService {
  private static final int LOGINS_AT_ONCE = 500;

  private final Database database;
  private final AccountRepository accounts;
  private final Callers callers;
  private final ApplicationEventPublisher<AccountCreated> created;
  private final Clock clock;
  private final BatchLoader<Callers.Key, AccountRepository.Owner> owners;
  private final BatchLoader<String, Account> named;

  AccountService(
      Database database,
      AccountRepository accounts,
      Callers callers,
      ApplicationEventPublisher<AccountCreated> created,
      Clock clock) {
    this.database = database;
    this.accounts = accounts;
    this.callers = callers;
    this.created = created;
    this.clock = clock;
    this.owners =
        new BatchLoader<>(
            LOGINS_AT_ONCE, keys -> database.transaction(() -> accounts.owners(keys)));
    this.named = new BatchLoader<>(LOGINS_AT_ONCE, this::findOrCreate);
  }

  /**
   * The user of that name. Outside a transaction those who ask at the same time share a query.
   *
   * @throws ApiException {@link ErrorCode#UNAUTHENTICATED} if there is none, {@link
   *     ErrorCode#FORBIDDEN} if the account is disabled
   */
  public Identity identify(String username) {
    return identify(new Callers.Key(username, null));
  }

  /**
   * The user of a token. Outside a transaction those who ask at the same time share a query.
   *
   * @throws ApiException {@link ErrorCode#UNAUTHENTICATED} if there is none or the login has ended,
   *     {@link ErrorCode#FORBIDDEN} if the account is disabled
   */
  public Identity identify(VerifiedToken token) {
    return identify(new Callers.Key(token.username(), token.login()));
  }

  private Identity identify(Callers.Key key) {
    AccountRepository.Owner owner =
        database.inTransaction() ? accounts.owners(List.of(key)).get(key) : owners.load(key);
    if (owner == null) {
      throw ApiException.of(ErrorCode.UNAUTHENTICATED, "this user does not exist");
    }
    Identity identity = enabled(owner.account());
    if (owner.loginEnded()) {
      throw ApiException.of(ErrorCode.UNAUTHENTICATED, "this login has ended");
    }
    return identity;
  }

  /**
   * Forgets what this node remembers of a user for a moment, because it has changed: the next
   * request of theirs reads it again. Does not block.
   */
  public void forget(String username) {
    callers.forget(username);
  }

  /**
   * The user of that name, created as a member on first use. Those who ask at the same time share a
   * transaction. Only for {@code CREWLINE_AUTH=none}.
   *
   * @throws ApiException {@link ErrorCode#BAD_REQUEST} for a name that breaks the rule of {@link
   *     Usernames}, {@link ErrorCode#FORBIDDEN} if the account is disabled
   */
  public Identity identifyOrCreate(String username) {
    Usernames.required("username", username);
    Account account =
        database.inTransaction()
            ? findOrCreate(Set.of(username)).get(username)
            : named.load(username);
    return enabled(Objects.requireNonNull(account, "an account that was just made"));
  }

  private Map<String, Account> findOrCreate(Set<String> usernames) {
    return database.transaction(
        () -> {
          Map<String, Account> found = accounts.findAll(usernames);
          // In name order, as others who create some of them at the same time.
          Set<String> missing = new TreeSet<>(usernames);
          missing.removeAll(found.keySet());
          missing.forEach(username -> create(username, username, Role.MEMBER, null, false));
          if (!missing.isEmpty()) {
            found.putAll(accounts.findAll(missing));
          }
          return found;
        });
  }

  /** The display names of those who exist, by username. */
  public Map<String, String> displayNames(Collection<String> usernames) {
    return usernames.isEmpty()
        ? Map.of()
        : database.transaction(() -> accounts.displayNames(usernames));
  }

  /** Whether there is an account of that name, disabled or not. */
  public boolean exists(String username) {
    return database.transaction(() -> accounts.find(username)).isPresent();
  }

  /** Those of the names that have an account, disabled or not, in the given order, each once. */
  public List<String> existing(Collection<String> usernames) {
    Map<String, String> known = displayNames(usernames);
    return usernames.stream().distinct().filter(known::containsKey).toList();
  }

  /** Returns false if the username is taken. Needs a transaction. */
  boolean create(
      String username,
      String displayName,
      Role role,
      @Nullable String passwordHash,
      boolean disabled) {
    // PostgreSQL keeps microseconds; what is answered now must equal what is read later.
    boolean isNew =
        accounts.insert(
            new Account(
                username,
                displayName,
                role,
                passwordHash,
                disabled,
                clock.instant().truncatedTo(ChronoUnit.MICROS)));
    if (isNew) {
      created.publishEvent(new AccountCreated(username));
    }
    return isNew;
  }

  private static Identity enabled(Account account) {
    if (account.disabled()) {
      throw ApiException.forbidden("this user is disabled");
    }
    return account.identity();
  }
}
