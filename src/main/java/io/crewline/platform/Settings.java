package io.crewline.platform;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of a node, read from the environment and validated here and nowhere else. A wrong
 * or contradictory setting is a {@link SettingsException} whose one line names it and says what to
 * do.
 *
 * @param port {@code PORT}: HTTP port, 0 for any free one; default 8080
 * @param host {@code CREWLINE_HOST}: the address to listen on; null means all, but with {@code
 *     CREWLINE_AUTH=none} it is loopback unless set
 * @param database {@code DATABASE_URL}; null means the embedded PostgreSQL
 * @param dataDirectory {@code CREWLINE_DATA_DIR}: where the embedded PostgreSQL keeps its data
 * @param redis {@code REDIS_URL}; null means in-memory, one node
 * @param secretKeys {@code CREWLINE_SECRET_KEY}: the first signs tokens, all verify; empty means
 *     one that is kept in the data directory
 * @param broadcastKeys {@code CREWLINE_BROADCAST_KEYS}: the first encrypts, all decrypt
 * @param adminUsername {@code CREWLINE_ADMIN_USERNAME}, default {@code admin}
 * @param adminPassword {@code CREWLINE_ADMIN_PASSWORD}; null means a random one, printed once
 * @param demo {@code CREWLINE_DEMO}: demo users, room and tasks
 * @param authRequired {@code CREWLINE_AUTH}: {@code required} or {@code none}
 * @param accessTokenLifetime {@code CREWLINE_ACCESS_TOKEN_TTL}: how long an access token is valid
 * @param refreshTokenLifetime {@code CREWLINE_REFRESH_TOKEN_TTL}: how long a refresh token can be
 *     exchanged for new tokens
 * @param corsOrigins {@code CREWLINE_CORS_ORIGINS}: {@code *}, origins, or {@code
 *     http://localhost:*}
 * @param publicUrl {@code CREWLINE_PUBLIC_URL}: how people reach the service, such as {@code
 *     https://crew.example.com}; null means as the caller of the moment reached it
 * @param limits {@code CREWLINE_LIMITS} and {@code CREWLINE_LIMIT_…}: rate limits
 * @param webhooks {@code CREWLINE_WEBHOOK_…}: outgoing webhooks
 * @param retention {@code CREWLINE_RETENTION}: how long events can be resumed, at least a minute
 * @param drain {@code CREWLINE_DRAIN}: how long a stopping node takes to say goodbye, at most
 * @param drainDelay {@code CREWLINE_DRAIN_DELAY}: how much of that time passes before the first
 *     goodbye, for load balancers to notice; default 2 s with other nodes, else 0
 * @param pingInterval {@code CREWLINE_PING_INTERVAL}: heartbeat of sockets; a client that shows no
 *     sign of life for twice as long is cut
 * @param databasePoolSize {@code CREWLINE_DATABASE_POOL}: connections to PostgreSQL
 * @param databaseTimeouts {@code CREWLINE_DATABASE_TIMEOUT}: the longest time for one statement
 * @param dueSoon {@code CREWLINE_DUE_SOON}: how long before its due time a task is due soon
 * @param jsonLog {@code CREWLINE_LOG}: {@code text} or {@code json}
 * @param uploads {@code CREWLINE_MAX_UPLOAD_…}, {@code CREWLINE_STORAGE} and {@code CREWLINE_S3_…}
 */
public record Settings(
    int port,
    @Nullable String host,
    @Nullable DatabaseAddress database,
    Path dataDirectory,
    @Nullable RedisAddress redis,
    List<String> secretKeys,
    List<String> broadcastKeys,
    String adminUsername,
    @Nullable String adminPassword,
    boolean demo,
    boolean authRequired,
    Duration accessTokenLifetime,
    Duration refreshTokenLifetime,
    List<String> corsOrigins,
    @Nullable String publicUrl,
    LimitSettings limits,
    WebhookSettings webhooks,
    Duration retention,
    Duration drain,
    Duration drainDelay,
    Duration pingInterval,
    int databasePoolSize,
    DatabaseTimeouts databaseTimeouts,
    Duration dueSoon,
    boolean jsonLog,
    UploadSettings uploads) {

  private static final Pattern USERNAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");
  static final int SECRET_LENGTH = 32;

  /** A PostgreSQL server as JDBC wants it. {@code toString} keeps the password to itself. */
  public record DatabaseAddress(
      String jdbcUrl, @Nullable String username, @Nullable String password) {
    @Override
    public String toString() {
      return jdbcUrl;
    }
  }

  /** A setting that stops the start. The message is one line: which setting, and what to do. */
  public static final class SettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SettingsException(String message) {
      super(message);
    }
  }

  /** Whether this node runs its own PostgreSQL. */
  public boolean embeddedDatabase() {
    return database == null;
  }

  /** With other secret keys; for the one that the data directory keeps. */
  public Settings withSecretKeys(List<String> keys) {
    return new Settings(
        port,
        host,
        database,
        dataDirectory,
        redis,
        keys,
        broadcastKeys,
        adminUsername,
        adminPassword,
        demo,
        authRequired,
        accessTokenLifetime,
        refreshTokenLifetime,
        corsOrigins,
        publicUrl,
        limits,
        webhooks,
        retention,
        drain,
        drainDelay,
        pingInterval,
        databasePoolSize,
        databaseTimeouts,
        dueSoon,
        jsonLog,
        uploads);
  }

  /** Reads and validates the environment. An empty value counts as not set. */
  public static Settings from(Map<String, String> environment) {
    SettingsReader read = new SettingsReader(environment);
    DatabaseAddress database = read.database("DATABASE_URL");
    boolean embedded = database == null;
    List<String> secretKeys = read.list("CREWLINE_SECRET_KEY");
    if (!embedded && secretKeys.isEmpty()) {
      throw new SettingsException(
          "CREWLINE_SECRET_KEY is not set: with DATABASE_URL every node needs the same key; set it"
              + " to at least 32 random characters, for example from: openssl rand -base64 48");
    }
    for (String key : secretKeys) {
      if (key.length() < SECRET_LENGTH) {
        throw new SettingsException(
            "CREWLINE_SECRET_KEY has a key of "
                + key.length()
                + " characters: use at least "
                + SECRET_LENGTH
                + ", for example from: openssl rand -base64 48");
      }
    }
    boolean authRequired =
        read.choice("CREWLINE_AUTH", "required", List.of("required", "none")).equals("required");
    if (!authRequired && !embedded && !read.flag("CREWLINE_AUTH_NONE_I_KNOW", false)) {
      throw new SettingsException(
          "CREWLINE_AUTH=none lets everyone name themselves and is refused with DATABASE_URL:"
              + " remove it, or set CREWLINE_AUTH_NONE_I_KNOW=true if the network is closed");
    }
    String adminUsername = read.text("CREWLINE_ADMIN_USERNAME", "admin");
    if (!USERNAME.matcher(adminUsername).matches()) {
      throw new SettingsException(
          "CREWLINE_ADMIN_USERNAME is '" + adminUsername + "': use 1 to 64 of a-z, 0-9, _ and -");
    }
    String adminPassword = read.textOrNull("CREWLINE_ADMIN_PASSWORD");
    if (adminPassword != null && (adminPassword.length() < 8 || adminPassword.length() > 256)) {
      throw new SettingsException(
          "CREWLINE_ADMIN_PASSWORD is too short or too long: use 8 to 256 characters");
    }
    RedisAddress redis = read.redis("REDIS_URL");
    Duration drain = read.duration("CREWLINE_DRAIN", "10s", Duration.ZERO, Duration.ofMinutes(10));
    Path dataDirectory =
        Path.of(read.text("CREWLINE_DATA_DIR", "./data")).toAbsolutePath().normalize();
    return new Settings(
        read.integer("PORT", 8080, 0, 65535),
        read.host("CREWLINE_HOST", authRequired),
        database,
        dataDirectory,
        redis,
        secretKeys,
        read.keys("CREWLINE_BROADCAST_KEYS"),
        adminUsername,
        adminPassword,
        read.flag("CREWLINE_DEMO", embedded),
        authRequired,
        read.duration(
            "CREWLINE_ACCESS_TOKEN_TTL", "1h", Duration.ofSeconds(1), Duration.ofDays(365)),
        read.duration(
            "CREWLINE_REFRESH_TOKEN_TTL", "30d", Duration.ofSeconds(1), Duration.ofDays(3650)),
        read.origins("CREWLINE_CORS_ORIGINS", embedded),
        read.publicUrl("CREWLINE_PUBLIC_URL"),
        read.limits(),
        read.webhooks(),
        read.duration("CREWLINE_RETENTION", "7d", Duration.ofMinutes(1), Duration.ofDays(3650)),
        drain,
        read.drainDelay("CREWLINE_DRAIN_DELAY", redis == null ? "0s" : "2s", drain),
        read.duration("CREWLINE_PING_INTERVAL", "25s", Duration.ofMillis(100), Duration.ofHours(1)),
        read.integer("CREWLINE_DATABASE_POOL", 16, 4, 1000),
        new DatabaseTimeouts(
            read.duration(
                "CREWLINE_DATABASE_TIMEOUT", "8s", Duration.ofMillis(500), Duration.ofMinutes(10))),
        read.duration("CREWLINE_DUE_SOON", "24h", Duration.ofMinutes(1), Duration.ofDays(365)),
        read.choice("CREWLINE_LOG", "text", List.of("text", "json")).equals("json"),
        read.uploads(dataDirectory));
  }
}
