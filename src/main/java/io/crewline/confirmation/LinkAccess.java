package io.crewline.confirmation;

import io.crewline.account.AccountService;
import io.crewline.confirmation.ConfirmationRepository.Row;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Secrets;
import io.crewline.platform.limit.ClientAddresses;
import io.crewline.platform.limit.RateLimits;
import io.crewline.task.Employee;
import io.crewline.task.TaskService;
import io.micronaut.http.HttpRequest;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.time.Clock;
import java.util.HexFormat;
import java.util.function.Function;

/**
 * The way from a token to its link. Links that never were, have expired, were revoked, or whose
 * employee is gone or disabled, are refused in the same way and at the same cost. Thread-safe.
 */
@Singleton
final class LinkAccess {
  private final ConfirmationRepository confirmations;
  private final TaskService tasks;
  private final AccountService accounts;
  private final Database database;
  private final RateLimits limits;
  private final ClientAddresses addresses;
  private final Clock clock;

  LinkAccess(
      ConfirmationRepository confirmations,
      TaskService tasks,
      AccountService accounts,
      Database database,
      RateLimits limits,
      ClientAddresses addresses,
      Clock clock) {
    this.confirmations = confirmations;
    this.tasks = tasks;
    this.accounts = accounts;
    this.database = database;
    this.limits = limits;
    this.addresses = addresses;
    this.clock = clock;
  }

  /** A valid link and whose it is. */
  record Link(Row row, Employee employee) {
    long id() {
      return row.id();
    }
  }

  /** The SHA-256 of a token, by which its link is found. */
  static byte[] hash(String token) {
    return Secrets.sha256(token);
  }

  /**
   * Does something by link, if that may be tried at this moment.
   *
   * @param work gets the hash of the token
   * @throws ApiException RATE_LIMITED for the link, or for an address that has tried too many links
   *     that do not exist
   */
  <T> T by(HttpRequest<?> request, String token, Function<byte[], T> work) {
    byte[] hash = hash(token);
    refuseIf(limits.link(HexFormat.of().formatHex(hash, 0, 16)));
    try {
      return work.apply(hash);
    } catch (ApiException e) {
      if (e.code() == ErrorCode.CONFIRMATION_NOT_FOUND) {
        // Only now: behind the same address there may be people with links that exist.
        InetAddress address = addresses.of(request);
        refuseIf(limits.guesses(address));
        limits.guessed(address);
      }
      throw e;
    }
  }

  private static void refuseIf(long waitMs) {
    if (waitMs > 0) {
      throw RateLimits.refusal(waitMs);
    }
  }

  /**
   * The link, to be read. Needs a transaction.
   *
   * @throws ApiException CONFIRMATION_NOT_FOUND
   */
  Link require(byte[] hash) {
    return find(hash, false);
  }

  /** The link, for this transaction alone: calls by one link follow one another. */
  Link lock(byte[] hash) {
    return find(hash, true);
  }

  /** Refuses a link that is not valid, before anything that costs more. */
  void check(byte[] hash) {
    database.transaction(() -> require(hash));
  }

  private Link find(byte[] hash, boolean lock) {
    Row row = confirmations.valid(hash, clock.instant(), lock).orElseThrow(LinkAccess::notFound);
    Employee employee = tasks.employee(row.employeeId()).orElseThrow(LinkAccess::notFound);
    String username = employee.username();
    if (username != null) {
      try {
        accounts.identify(username);
      } catch (ApiException e) {
        throw notFound();
      }
    }
    return new Link(row, employee);
  }

  private static ApiException notFound() {
    return ApiException.of(
        ErrorCode.CONFIRMATION_NOT_FOUND, "this link is not valid, or no longer");
  }
}
