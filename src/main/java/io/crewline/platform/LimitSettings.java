package io.crewline.platform;

import java.time.Duration;
import java.util.List;

/**
 * How much a client may ask of this node. Rates are a second's, 0 means no limit; ten seconds'
 * worth may come at once. {@code CREWLINE_LIMITS=off} sets every rate to 0.
 *
 * <p>The defaults are far above what any honest client does, and below what would take a whole node
 * for one client: they stop a loop that runs wild, not a busy day.
 *
 * @param session {@code CREWLINE_LIMIT_SESSION}: commands of one connection
 * @param user {@code CREWLINE_LIMIT_USER}: commands and REST calls of one user
 * @param address {@code CREWLINE_LIMIT_ADDRESS}: WebSocket upgrades, and REST calls without a user,
 *     from one address
 * @param bytes {@code CREWLINE_LIMIT_BYTES}: bytes that one WebSocket may send, 0 or at least the
 *     longest message
 * @param logins {@code CREWLINE_LIMIT_LOGINS}: failed logins a minute of one user from one address;
 *     ten times as many from one address
 * @param link {@code CREWLINE_LIMIT_LINK}: calls with one confirmation link; a twentieth as many
 *     from one address with links that do not exist
 * @param watches {@code CREWLINE_LIMIT_WATCHES}: topics that one session may watch; no rate, it
 *     holds also with {@code CREWLINE_LIMITS=off}
 * @param patience {@code CREWLINE_LIMIT_PATIENCE}: how long a session may go on without heeding
 *     {@code retryAfterMs} before it is closed
 * @param trustedProxies {@code CREWLINE_TRUSTED_PROXIES}: whose {@code X-Forwarded-For} is believed
 */
public record LimitSettings(
    int session,
    int user,
    int address,
    int bytes,
    int logins,
    int link,
    int watches,
    Duration patience,
    List<AddressRange> trustedProxies) {

  /** The same without any rate limit. */
  LimitSettings off() {
    return new LimitSettings(0, 0, 0, 0, 0, 0, watches, patience, trustedProxies);
  }
}
