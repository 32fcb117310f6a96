package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Settings;
import io.crewline.platform.limit.ClientAddresses;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * Checks passwords and slows down guessing: {@code CREWLINE_LIMIT_LOGINS} failures a minute for one
 * user from one address, ten times as many from one address, and as many an hour for one user in
 * all, see {@link GuessLimit}. Successes do not count. An IPv6 address counts with its whole /64.
 */
@Singleton
final class PasswordCheck {
  private final PasswordHasher hasher;
  private final boolean limited;
  private final FailureLimit byUser;
  private final FailureLimit byAddress;
  private final GuessLimit inAll;

  PasswordCheck(PasswordHasher hasher, GuessLimit inAll, Settings settings, Clock clock) {
    this.hasher = hasher;
    this.inAll = inAll;
    int perMinute = settings.limits().logins();
    this.limited = perMinute > 0;
    this.byUser = new FailureLimit(perMinute, clock);
    this.byAddress = new FailureLimit(10 * perMinute, clock);
  }

  /**
   * Whether the password is right. Takes the same time whether or not there is a hash. Blocks; must
   * not be called inside a transaction.
   *
   * @param loggedIn whether the caller is the user already, and only confirms the password
   * @param hash null for a user that does not exist or has no password
   * @throws ApiException {@link ErrorCode#RATE_LIMITED} after too many failures, {@link
   *     ErrorCode#UNAVAILABLE} when too many checks wait
   */
  boolean matches(
      InetAddress client,
      String username,
      boolean loggedIn,
      String password,
      @Nullable String hash) {
    String address = ClientAddresses.key(client);
    boolean possible = Usernames.isValid(username);
    String user = address + ' ' + (possible ? username : "");
    refuseAfterTooMany(address, user);
    return hasher.onHashingThread(
        address,
        user,
        () -> {
          // Again, now that it is this one's turn: a thousand guesses sent at once wait together,
          // and only as many as there are threads may overshoot the limit.
          refuseAfterTooMany(address, user);
          if (possible) {
            refuseIf(inAll.take(username, client, loggedIn));
          }
          boolean matches = hasher.matches(password, hash);
          if (!matches) {
            byAddress.failed(address);
            byUser.failed(user);
          } else if (possible) {
            inAll.passed(username, client, loggedIn);
          }
          return matches;
        });
  }

  private void refuseAfterTooMany(String address, String user) {
    if (!limited) {
      return;
    }
    refuseIf(Math.max(byAddress.waitMs(address), byUser.waitMs(user)));
  }

  private static void refuseIf(long waitMs) {
    if (waitMs > 0) {
      throw ApiException.rateLimited("too many failed logins", waitMs);
    }
  }
}
