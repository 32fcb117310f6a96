package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Settings;
import io.crewline.platform.Watchdog;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes refresh tokens that have expired, once no access token that was given out with them is
 * valid any more: until then they tell whether the login has ended. So it does with failed logins
 * that no longer matter. Every node does, which is harmless.
 */
@Singleton
class TokenHousekeeping {
  private static final Logger LOG = LoggerFactory.getLogger(TokenHousekeeping.class);

  private final Database database;
  private final RefreshTokenRepository refreshTokens;
  private final GuessLimit guesses;
  private final Settings settings;
  private final Clock clock;
  private final Watchdog.Watch watch;

  TokenHousekeeping(
      Database database,
      RefreshTokenRepository refreshTokens,
      GuessLimit guesses,
      Settings settings,
      Clock clock,
      Watchdog watchdog) {
    this.watch = watchdog.watchLong("cleaner of tokens");
    this.database = database;
    this.refreshTokens = refreshTokens;
    this.guesses = guesses;
    this.settings = settings;
    this.clock = clock;
  }

  @Scheduled(initialDelay = "1m", fixedDelay = "1h")
  void removeExpired() {
    watch.during(this::remove);
  }

  private void remove() {
    try {
      database.transaction(
          Database.MAINTENANCE,
          () -> refreshTokens.deleteExpired(clock.instant().minus(settings.accessTokenLifetime())));
      database.transaction(Database.MAINTENANCE, guesses::removeOld);
    } catch (ApiException e) {
      LOG.debug("Expired tokens stay for another hour: {}", e.detail());
    }
  }
}
