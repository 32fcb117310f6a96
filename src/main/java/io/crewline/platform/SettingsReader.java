package io.crewline.platform;

import io.crewline.platform.Settings.DatabaseAddress;
import io.crewline.platform.Settings.SettingsException;
import java.net.InetAddress;
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

/** Reads single values; knows nothing of how they go together. */
record SettingsReader(Map<String, String> environment) {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
  private static final Pattern BUCKET =
      Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\\w./-]{0,200}))?");

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
    return duration(name, text(name, otherwise), otherwise, least, most);
  }

  private static Duration duration(
      String name, String value, String otherwise, Duration least, Duration most) {
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

  /** Everyone may name themselves only on this machine, unless the operator says otherwise. */
  @Nullable String host(String name, boolean authRequired) {
    String host = textOrNull(name);
    if (host == null) {
      return authRequired ? null : "127.0.0.1";
    }
    if (!host.matches("[A-Za-z0-9.-]+") && !isLiteral(host)) {
      throw new SettingsException(
          name
              + " is '"
              + host
              + "': use an address of this machine, such as 127.0.0.1, 0.0.0.0 or ::");
    }
    return host;
  }

  private static boolean isLiteral(String address) {
    try {
      return !InetAddress.ofLiteral(address).isMulticastAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Nullable String publicUrl(String name) {
    String url = textOrNull(name);
    if (url == null) {
      return null;
    }
    String origin = url.replaceAll("/+$", "");
    if (!origin.matches(
        "https?://[A-Za-z0-9.-]+(:\\d{1,5})?|https?://\\[[0-9a-fA-F:.]+](:\\d{1,5})?")) {
      throw new SettingsException(
          name
              + " is '"
              + url
              + "': use an address without a path, such as https://crew.example.com");
    }
    return origin;
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
            integer("CREWLINE_LIMIT_LINK", 200, 0, 1_000_000),
            integer("CREWLINE_LIMIT_WATCHES", 500, 1, 100_000),
            duration("CREWLINE_LIMIT_PATIENCE", "30s", Duration.ofSeconds(1), Duration.ofHours(1)),
            ranges("CREWLINE_TRUSTED_PROXIES"));
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

  WebhookSettings webhooks() {
    String retries = "CREWLINE_WEBHOOK_RETRIES";
    return new WebhookSettings(
        ranges("CREWLINE_WEBHOOK_ALLOW"),
        duration("CREWLINE_WEBHOOK_TIMEOUT", "15s", Duration.ofMillis(100), Duration.ofMinutes(1)),
        Arrays.stream(text(retries, "5s,30s,2m,10m,1h,6h,12h,24h,24h").split(",", -1))
            .map(wait -> duration(retries, wait.strip(), "5s", Duration.ZERO, Duration.ofDays(7)))
            .toList(),
        duration("CREWLINE_WEBHOOK_PATIENCE", "5d", Duration.ofSeconds(1), Duration.ofDays(3650)));
  }

  private List<AddressRange> ranges(String name) {
    return list(name).stream().map(text -> range(name, text)).toList();
  }

  private static AddressRange range(String name, String text) {
    try {
      return AddressRange.parse(text);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(
          name + " has '" + text + "': use addresses or ranges such as 10.0.0.7 or 10.0.0.0/8");
    }
  }

  List<String> keys(String name) {
    List<String> keys = list(name);
    for (String key : keys) {
      if (key.length() < Settings.SECRET_LENGTH) {
        throw new SettingsException(
            name
                + " has a key that is too short: use at least "
                + Settings.SECRET_LENGTH
                + " characters");
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
