package io.crewline.platform;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of a node, read from the environment and validated here and nowhere else. A wrong
 * or contradictory setting is a {@link SettingsException} whose one line names it and says what to
 * do.
 *
 * @param port {@code PORT}: HTTP port, 0 for any free one; default 8080
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
 * @param limits {@code CREWLINE_LIMITS} and {@code CREWLINE_LIMIT_…}: rate limits
 * @param retention {@code CREWLINE_RETENTION}: how long events can be resumed, at least a minute
 * @param drain {@code CREWLINE_DRAIN}: how long a stopping node takes to say goodbye, at most
 * @param drainDelay {@code CREWLINE_DRAIN_DELAY}: how much of that time passes before the first
 *     goodbye, for load balancers to notice; default 2 s with other nodes, else 0
 * @param pingInterval {@code CREWLINE_PING_INTERVAL}: heartbeat of sockets; a client that shows no
 *     sign of life for twice as long is cut
 * @param databasePoolSize {@code CREWLINE_DATABASE_POOL}: connections to PostgreSQL
 * @param jsonLog {@code CREWLINE_LOG}: {@code text} or {@code json}
 * @param uploads {@code CREWLINE_MAX_UPLOAD_…}, {@code CREWLINE_STORAGE} and {@code CREWLINE_S3_…}
 */
public record Settings(
    int port,
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
    LimitSettings limits,
    Duration retention,
    Duration drain,
    Duration drainDelay,
    Duration pingInterval,
    int databasePoolSize,
    boolean jsonLog,
    UploadSettings uploads) {

  private static final Pattern USERNAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
  private static final Pattern BUCKET =
      Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\\w./-]{0,200}))?");
  private static final int SECRET_LENGTH = 32;

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
        limits,
        retention,
        drain,
        drainDelay,
        pingInterval,
        databasePoolSize,
        jsonLog,
        uploads);
  }

  /** Reads and validates the environment. An empty value counts as not set. */
  public static Settings from(Map<String, String> environment) {
    Reader read = new Reader(environment);
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
        read.limits(),
        read.duration("CREWLINE_RETENTION", "7d", Duration.ofMinutes(1), Duration.ofDays(3650)),
        drain,
        read.drainDelay("CREWLINE_DRAIN_DELAY", redis == null ? "0s" : "2s", drain),
        read.duration("CREWLINE_PING_INTERVAL", "25s", Duration.ofMillis(100), Duration.ofHours(1)),
        read.integer("CREWLINE_DATABASE_POOL", 16, 4, 1000),
        read.choice("CREWLINE_LOG", "text", List.of("text", "json")).equals("json"),
        read.uploads(dataDirectory));
  }

  /** Reads single values; knows nothing of how they go together. */
  private record Reader(Map<String, String> environment) {

    @Nullable String textOrNull(String name) {
      String value = environment.get(name);
      return value == null || value.isBlank() ? null : value.strip();
    }

    String text(String name, String otherwise) {
      return Objects.requireNonNullElse(textOrNull(name), otherwise);
    }

    List<String> list(String name) {
      return Arrays.stream(text(name, "").split(",", -1))
          .map(String::strip)
          .filter(part -> !part.isEmpty())
          .toList();
    }

    String choice(String name, String otherwise, List<String> allowed) {
      String value = text(name, otherwise).toLowerCase(Locale.ROOT);
      if (!allowed.contains(value)) {
        throw new SettingsException(
            name + " is '" + value + "': use " + String.join(" or ", allowed));
      }
      return value;
    }

    boolean flag(String name, boolean otherwise) {
      return choice(name, Boolean.toString(otherwise), List.of("true", "false")).equals("true");
    }

    int integer(String name, int otherwise, int least, int most) {
      String value = text(name, Integer.toString(otherwise));
      try {
        int number = Integer.parseInt(value);
        if (number >= least && number <= most) {
          return number;
        }
      } catch (NumberFormatException e) {
        // answered below, as a number out of range is
      }
      throw new SettingsException(
          name + " is '" + value + "': use a number from " + least + " to " + most);
    }

    Duration duration(String name, String otherwise, Duration least, Duration most) {
      String value = text(name, otherwise);
      Matcher matcher = DURATION.matcher(value);
      if (matcher.matches()) {
        long amount = Long.parseLong(matcher.group(1));
        Duration duration =
            switch (matcher.group(2)) {
              case "ms" -> Duration.ofMillis(amount);
              case "s" -> Duration.ofSeconds(amount);
              case "m" -> Duration.ofMinutes(amount);
              case "h" -> Duration.ofHours(amount);
              default -> Duration.ofDays(amount);
            };
        if (duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0) {
          return duration;
        }
      }
      throw new SettingsException(
          name
              + " is '"
              + value
              + "': use a number with ms, s, m, h or d, from "
              + least.toMillis()
              + "ms to "
              + most.toDays()
              + "d, for example "
              + otherwise);
    }

    /** Part of the drain time; the default is not more than half of it. */
    Duration drainDelay(String name, String otherwise, Duration drain) {
      Duration delay = duration(name, otherwise, Duration.ZERO, Duration.ofMinutes(10));
      if (textOrNull(name) == null) {
        Duration half = drain.dividedBy(2);
        return delay.compareTo(half) < 0 ? delay : half;
      }
      if (delay.compareTo(drain) > 0) {
        throw new SettingsException(
            name + " is longer than CREWLINE_DRAIN: it is a part of it, choose less");
      }
      return delay;
    }

    List<String> origins(String name, boolean embedded) {
      List<String> origins = list(name);
      if (origins.isEmpty() && embedded) {
        return List.of("http://localhost:*");
      }
      for (String origin : origins) {
        if (!origin.equals("*") && !origin.matches("https?://[^/\\s*]+(:\\*)?")) {
          throw new SettingsException(
              name
                  + " has '"
                  + origin
                  + "': use *, or origins such as https://app.example.com or http://localhost:*");
        }
      }
      return origins;
    }

    LimitSettings limits() {
      int bytes = integer("CREWLINE_LIMIT_BYTES", 10_000_000, 0, 1_000_000_000);
      if (bytes > 0 && bytes < 65536) {
        throw new SettingsException(
            "CREWLINE_LIMIT_BYTES is '" + bytes + "': use 0 for no limit, or at least 65536");
      }
      LimitSettings limits =
          new LimitSettings(
              integer("CREWLINE_LIMIT_SESSION", 2_000, 0, 1_000_000),
              integer("CREWLINE_LIMIT_USER", 10_000, 0, 1_000_000),
              integer("CREWLINE_LIMIT_ADDRESS", 2_000, 0, 1_000_000),
              bytes,
              integer("CREWLINE_LIMIT_LOGINS", 10, 0, 1_000_000),
              integer("CREWLINE_LIMIT_WATCHES", 500, 1, 100_000),
              duration(
                  "CREWLINE_LIMIT_PATIENCE", "30s", Duration.ofSeconds(1), Duration.ofHours(1)),
              list("CREWLINE_TRUSTED_PROXIES").stream().map(Reader::range).toList());
      boolean on = choice("CREWLINE_LIMITS", "on", List.of("on", "off")).equals("on");
      return on ? limits : limits.off();
    }

    UploadSettings uploads(Path dataDirectory) {
      return new UploadSettings(
          integer("CREWLINE_MAX_UPLOAD_BYTES", 10 * 1024 * 1024, 1024, 1024 * 1024 * 1024),
          integer("CREWLINE_MAX_UPLOAD_PIXELS", 40_000_000, 1, 1_000_000_000),
          duration("CREWLINE_UNUSED_UPLOADS", "24h", Duration.ofMinutes(1), Duration.ofDays(3650)),
          store("CREWLINE_STORAGE", dataDirectory));
    }

    private UploadSettings.Store store(String name, Path dataDirectory) {
      String where = textOrNull(name);
      if (where == null) {
        return new UploadSettings.Folder(dataDirectory.resolve("attachments"));
      }
      if (!where.contains("://")) {
        return new UploadSettings.Folder(Path.of(where).toAbsolutePath().normalize());
      }
      Matcher bucket = BUCKET.matcher(where);
      if (!bucket.matches()) {
        throw new SettingsException(
            name + " is '" + where + "': use a folder, or s3://bucket or s3://bucket/prefix");
      }
      String accessKey = textOrNull("CREWLINE_S3_ACCESS_KEY");
      String secretKey = textOrNull("CREWLINE_S3_SECRET_KEY");
      if ((accessKey == null) != (secretKey == null)) {
        throw new SettingsException(
            "CREWLINE_S3_ACCESS_KEY and CREWLINE_S3_SECRET_KEY go together: set both or neither");
      }
      URI endpoint = endpoint("CREWLINE_S3_ENDPOINT");
      String prefix = Objects.requireNonNullElse(bucket.group(2), "");
      return new UploadSettings.Bucket(
          bucket.group(1),
          prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/",
          endpoint,
          text("CREWLINE_S3_REGION", "us-east-1"),
          accessKey,
          secretKey,
          flag("CREWLINE_S3_PATH_STYLE", endpoint != null));
    }

    private @Nullable URI endpoint(String name) {
      String url = textOrNull(name);
      if (url == null) {
        return null;
      }
      try {
        URI uri = new URI(url);
        if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
          return uri;
        }
      } catch (URISyntaxException e) {
        // answered below
      }
      throw new SettingsException(
          name + " is '" + url + "': use an address such as https://s3.example.com");
    }

    private static AddressRange range(String text) {
      try {
        return AddressRange.parse(text);
      } catch (IllegalArgumentException e) {
        throw new SettingsException(
            "CREWLINE_TRUSTED_PROXIES has '"
                + text
                + "': use addresses or ranges such as 10.0.0.7 or 10.0.0.0/8");
      }
    }

    List<String> keys(String name) {
      List<String> keys = list(name);
      for (String key : keys) {
        if (key.length() < SECRET_LENGTH) {
          throw new SettingsException(
              name + " has a key that is too short: use at least " + SECRET_LENGTH + " characters");
        }
      }
      return keys;
    }

    @Nullable RedisAddress redis(String name) {
      String url = textOrNull(name);
      return url == null ? null : RedisAddress.parse(name, url);
    }

    @Nullable DatabaseAddress database(String name) {
      String url = textOrNull(name);
      if (url == null) {
        return null;
      }
      if (url.startsWith("jdbc:postgresql:")) {
        return new DatabaseAddress(url, null, null);
      }
      try {
        URI uri = new URI(url);
        String scheme = uri.getScheme();
        String path = uri.getPath();
        if (uri.getHost() != null
            && ("postgres".equals(scheme) || "postgresql".equals(scheme))
            && path != null
            && path.length() > 1) {
          return fromUri(uri, path.substring(1));
        }
      } catch (URISyntaxException e) {
        // answered below, without the address: it may hold a password
      }
      throw new SettingsException(
          name
              + " is not a PostgreSQL address: use postgres://user:password@host:5432/database"
              + " or jdbc:postgresql://host:5432/database?user=…&password=…");
    }

    private static DatabaseAddress fromUri(URI uri, String database) {
      String username = null;
      String password = null;
      String userInfo = uri.getRawUserInfo();
      if (userInfo != null) {
        int colon = userInfo.indexOf(':');
        username = decode(colon < 0 ? userInfo : userInfo.substring(0, colon));
        password = colon < 0 ? null : decode(userInfo.substring(colon + 1));
      }
      String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
      String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
      String name = URLEncoder.encode(database, StandardCharsets.UTF_8);
      return new DatabaseAddress(
          "jdbc:postgresql://" + uri.getHost() + port + "/" + name + query, username, password);
    }

    private static String decode(String text) {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
  }
}
