package io.crewline.platform.limit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.crewline.platform.ApiException;
import io.crewline.platform.LimitSettings;
import io.crewline.platform.Settings;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The rate limits of this node: what a user may ask of it over all connections and calls, and what
 * may come from one address. Thread-safe. Memory is bounded: of each kind the {@value #KEYS} last
 * used buckets are kept; one that is forgotten is a full one again.
 */
@Singleton
public final class RateLimits {
  private static final int KEYS = 100_000;
  private static final int GUESSES = 20;

  private final LimitSettings settings;
  private final LongSupplier nanos;
  private final Cache<String, TokenBucket> users = cache();
  private final Cache<String, TokenBucket> addresses = cache();
  private final Cache<String, TokenBucket> links = cache();
  private final Cache<String, TokenBucket> guesses = cache();

  @Inject
  RateLimits(Settings settings) {
    this(settings.limits(), System::nanoTime);
  }

  /**
   * @param nanos the time, as of {@link System#nanoTime}
   */
  public RateLimits(LimitSettings settings, LongSupplier nanos) {
    this.settings = settings;
    this.nanos = nanos;
  }

  private static Cache<String, TokenBucket> cache() {
    // Whoever has not come for as long as a bucket takes to fill has a full one.
    return Caffeine.newBuilder()
        .maximumSize(KEYS)
        .expireAfterAccess(Duration.ofSeconds(2L * TokenBucket.BURST_SECONDS))
        .build();
  }

  public LimitSettings settings() {
    return settings;
  }

  /** The time that buckets count in. */
  public long now() {
    return nanos.getAsLong();
  }

  /** Counts a command or call of a user. Returns 0, or how many milliseconds to wait. */
  public long user(String username) {
    return settings.user() == 0 ? 0 : take(users, username, settings.user());
  }

  /**
   * Counts an upgrade, or a call without a user, from an address. Returns 0, or how many
   * milliseconds to wait.
   */
  public long address(InetAddress address) {
    return settings.address() == 0
        ? 0
        : take(addresses, ClientAddresses.key(address), settings.address());
  }

  /**
   * Counts a call with a confirmation link. Returns 0, or how many milliseconds to wait.
   *
   * @param key what stands for the link; not its token
   */
  public long link(String key) {
    return settings.link() == 0 ? 0 : take(links, key, settings.link());
  }

  /** How many milliseconds an address that tried links which do not exist has to wait; 0: none. */
  public long guesses(InetAddress address) {
    return guess(address, 0);
  }

  /** Counts a call with a link that does not exist. */
  public void guessed(InetAddress address) {
    guess(address, 1);
  }

  private long guess(InetAddress address, int count) {
    if (settings.link() == 0) {
      return 0;
    }
    long now = now();
    int perSecond = Math.ceilDiv(settings.link(), GUESSES);
    return guesses
        .get(ClientAddresses.key(address), unknown -> new TokenBucket(perSecond, now))
        .charge(count, now);
  }

  private long take(Cache<String, TokenBucket> buckets, String key, int perSecond) {
    long now = now();
    return buckets.get(key, unknown -> new TokenBucket(perSecond, now)).take(now);
  }

  /** A bucket for the commands of one session. */
  public TokenBucket sessionBucket() {
    return new TokenBucket(settings.session(), now());
  }

  /** A bucket for the bytes of one connection. */
  public TokenBucket byteBucket() {
    return new TokenBucket(settings.bytes(), now());
  }

  /** The refusal of one who has to wait. */
  public static ApiException refusal(long waitMs) {
    return ApiException.rateLimited("too many requests; wait " + waitMs + " ms", waitMs);
  }
}
