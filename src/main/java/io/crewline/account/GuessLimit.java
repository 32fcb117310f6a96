package io.crewline.account;

import io.crewline.platform.Database;
import io.crewline.platform.Secrets;
import io.crewline.platform.Settings;
import io.crewline.platform.limit.ClientAddresses;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/**
 * How often a user's password may be guessed wrong, over all addresses and nodes: ten times {@code
 * CREWLINE_LIMIT_LOGINS} in an hour. It is what remains when guesses come from so many addresses
 * that the limits of each do not matter (NIST SP 800-63B §5.2.2).
 *
 * <p>Guessers must not lock out the owner, so the allowance is shared only by addresses that are
 * new. One that the user has logged in from, or exchanged a refresh token from, within {@link
 * #KNOWN} has an allowance of its own, and so have calls of those who have logged in already. Names
 * that nobody has count alike. Only a keyed hash of an address is kept. Thread-safe.
 */
@Singleton
final class GuessLimit {
  static final Duration KNOWN = Duration.ofDays(90);

  private static final String PURPOSE = "crewline known address HS256 v1";

  /** The allowance that all new addresses share. */
  private static final byte[] NEW = new byte[0];

  /** The allowance of calls with a login. */
  private static final byte[] LOGGED_IN = {0};

  private static final int HASH_BYTES = 16;

  private final Database database;
  private final SecretKey key;
  private final int perHour;

  GuessLimit(Database database, Settings settings) {
    this.database = database;
    this.key = Secrets.macKey(settings.secretKeys().getFirst(), PURPOSE);
    this.perHour = Math.toIntExact(Math.min(10L * settings.limits().logins(), 1_000_000));
  }

  /**
   * Counts a guess, which a right one may give back by {@link #passed}. Blocks.
   *
   * @param loggedIn whether the caller is the user already, and only confirms the password
   * @return 0, or how many milliseconds to wait; then it does not count
   */
  long take(String username, InetAddress client, boolean loggedIn) {
    if (perHour == 0) {
      return 0;
    }
    byte[] source = loggedIn ? LOGGED_IN : hash(username, client);
    return database.transaction(
        () -> {
          byte[] from = loggedIn || isKnown(username, source) ? source : NEW;
          // When the allowance will be full again says all of it: see TokenBucket.
          int taken =
              database.update(
                  """
                  INSERT INTO login_guess AS g (username, source, full_at)
                  VALUES (?, ?, clock_timestamp() + interval '1 hour' / ?)
                  ON CONFLICT (username, source) DO UPDATE
                  SET full_at = greatest(g.full_at, clock_timestamp()) + interval '1 hour' / ?
                  WHERE g.full_at <= clock_timestamp() + interval '1 hour' - interval '1 hour' / ?
                  """,
                  username,
                  from,
                  perHour,
                  perHour,
                  perHour);
          return taken == 1 ? 0L : waitMs(username, from);
        });
  }

  private boolean isKnown(String username, byte[] source) {
    return database
        .queryOne(
            """
            SELECT 1 FROM login_guess
            WHERE username = ? AND source = ? AND known_until > clock_timestamp()
            """,
            row -> true,
            username,
            source)
        .isPresent();
  }

  private long waitMs(String username, byte[] source) {
    return database
        .queryOne(
            """
            SELECT ceil(1000 * extract(epoch FROM
                   full_at - clock_timestamp() - interval '1 hour' + interval '1 hour' / ?)) AS ms
            FROM login_guess WHERE username = ? AND source = ?
            """,
            row -> Math.max(1, row.getLong("ms")),
            perHour,
            username,
            source)
        .orElse(1L);
  }

  /** The guess that was taken last was right: it does not count, and its address is known. */
  void passed(String username, InetAddress client, boolean loggedIn) {
    if (perHour == 0) {
      return;
    }
    byte[] source = hash(username, client);
    database.transaction(
        () -> {
          byte[] from = loggedIn ? LOGGED_IN : isKnown(username, source) ? source : NEW;
          database.update(
              """
              UPDATE login_guess SET full_at = full_at - interval '1 hour' / ?
              WHERE username = ? AND source = ?
              """,
              perHour,
              username,
              from);
          seen(username, client);
        });
  }

  /** The user has shown at this address who they are. Writes once a day at most. */
  void seen(String username, InetAddress client) {
    if (perHour == 0) {
      return;
    }
    String until = "clock_timestamp() + interval '" + KNOWN.toDays() + " days'";
    database.transaction(
        () ->
            database.update(
                """
                INSERT INTO login_guess AS g (username, source, full_at, known_until)
                VALUES (?, ?, clock_timestamp(), %1$s)
                ON CONFLICT (username, source) DO UPDATE SET known_until = %1$s
                WHERE g.known_until < %1$s - interval '1 day'
                """
                    .formatted(until),
                username,
                hash(username, client)));
  }

  /** Removes what says nothing any more. Needs a transaction. */
  int removeOld() {
    return database.update(
        """
        DELETE FROM login_guess
        WHERE full_at < clock_timestamp()
          AND (known_until IS NULL OR known_until < clock_timestamp())
        """);
  }

  private byte[] hash(String username, InetAddress client) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      String text = username + ' ' + ClientAddresses.key(client);
      return Arrays.copyOf(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)), HASH_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no HmacSHA256", e);
    }
  }
}
