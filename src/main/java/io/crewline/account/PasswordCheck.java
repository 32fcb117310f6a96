package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Checks passwords and slows down guessing: 10 failures a minute for one user from one address, 100
 * a minute from one address. Successes do not count. The address is that of the connection; headers
 * that a client can set are not believed. An IPv6 address counts with its whole /64.
 */
@Singleton
final class PasswordCheck {
  private static final int FAILURES_OF_USER = 10;
  private static final int FAILURES_OF_ADDRESS = 100;

  private final PasswordHasher hasher;
  private final boolean limited;
  private final FailureLimit byUser;
  private final FailureLimit byAddress;

  PasswordCheck(PasswordHasher hasher, Settings settings, Clock clock) {
    this.hasher = hasher;
    this.limited = settings.limits();
    this.byUser = new FailureLimit(FAILURES_OF_USER, clock);
    this.byAddress = new FailureLimit(FAILURES_OF_ADDRESS, clock);
  }

  /**
   * Whether the password is right. Takes the same time whether or not there is a hash.
   *
   * @param hash null for a user that does not exist or has no password
   * @throws ApiException {@link ErrorCode#RATE_LIMITED} after too many failures, {@link
   *     ErrorCode#UNAVAILABLE} when too many checks wait
   */
  boolean matches(
      InetSocketAddress client, String username, String password, @Nullable String hash) {
    String address = address(client);
    String user = address + ' ' + (Usernames.isValid(username) ? username : "");
    refuseAfterTooMany(address, user);
    return hasher.onHashingThread(
        () -> {
          // Again, now that it is this one's turn: a thousand guesses sent at once wait together,
          // and only as many as there are threads may overshoot the limit.
          refuseAfterTooMany(address, user);
          boolean matches = hasher.matches(password, hash);
          if (!matches) {
            byAddress.failed(address);
            byUser.failed(user);
          }
          return matches;
        });
  }

  private void refuseAfterTooMany(String address, String user) {
    if (!limited) {
      return;
    }
    long waitMs = Math.max(byAddress.waitMs(address), byUser.waitMs(user));
    if (waitMs > 0) {
      throw ApiException.rateLimited("too many failed logins", waitMs);
    }
  }

  private static String address(InetSocketAddress client) {
    InetAddress address = client.getAddress();
    if (address == null) {
      return client.getHostString();
    }
    byte[] bytes = address.getAddress();
    return HexFormat.of()
        .formatHex(address instanceof Inet6Address ? Arrays.copyOf(bytes, 8) : bytes);
  }
}
