package io.crewline.platform;

import io.crewline.platform.Settings.SettingsException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis or Valkey is, as one address:
 *
 * <pre>
 * redis://user:password@host:6379/0       one server, or any node of a cluster
 * redis://host:6379,host:6379             nodes of a cluster, of which one must answer
 * redis-sentinel://host:26379,host#name   sentinels that know the master by this name
 * rediss://, rediss-sentinel://           the same with TLS
 * ?timeout=2s                             how long it may take to answer
 * ?verifyPeer=full|ca|none                TLS: certificate and name (default), certificate, nothing
 * ?ca=…&amp;cert=…&amp;key=…                      TLS: PEM files: whom to trust, who we are
 * ?sentinelUsername=…&amp;sentinelPassword=…   what the sentinels ask for
 * </pre>
 *
 * <p>{@code valkey} stands for {@code redis} in any of them. User names, passwords and parameters
 * are percent-encoded. {@code toString} keeps them back.
 *
 * @param hosts at least one; of sentinels when {@code master} is set
 * @param master the name by which sentinels know the master; null without sentinels
 * @param database the number after the hosts, otherwise 0
 * @param tls null without TLS
 */
public record RedisAddress(
    List<Host> hosts,
    @Nullable String master,
    @Nullable Login login,
    @Nullable Login sentinelLogin,
    int database,
    @Nullable Tls tls,
    Duration timeout) {

  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?:redis|valkey)(?<tls>s?)(?<sentinel>-sentinel)?://(?:(?<login>[^@/?#]*)@)?"
              + "(?<hosts>[^@/?#]+)(?:/(?<database>\\d{0,4}))?(?:\\?(?<query>[^#]*))?"
              + "(?:#(?<master>.*))?");
  private static final Pattern HOST =
      Pattern.compile("(?<name>[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::(?<port>\\d{1,5}))?");
  private static final Pattern TIMEOUT = Pattern.compile("(?<amount>\\d{1,5})(?<unit>ms|s)");
  private static final Set<String> TLS_PARAMETERS = Set.of("verifyPeer", "ca", "cert", "key");
  private static final Set<String> SENTINEL_PARAMETERS =
      Set.of("sentinelUsername", "sentinelPassword");
  private static final Duration LONGEST = Duration.ofMinutes(1);

  /** A server. {@code name} may be an IPv6 address, without brackets. */
  public record Host(String name, int port) {
    @Override
    public String toString() {
      return (name.contains(":") ? "[" + name + "]" : name) + ":" + port;
    }
  }

  /** Who we are. {@code toString} keeps the password to itself. */
  public record Login(@Nullable String username, String password) {
    @Override
    public String toString() {
      return "***";
    }
  }

  /**
   * What TLS needs to know. Without {@code ca} the JVM's trust store counts.
   *
   * @param ca PEM file of the certificates to trust
   * @param certificate PEM file of our own certificate, with {@code key}
   */
  public record Tls(
      Verification verification,
      @Nullable Path ca,
      @Nullable Path certificate,
      @Nullable Path key) {}

  /** How far the server's certificate is looked at: it and the name, it alone, or not at all. */
  public enum Verification {
    FULL,
    CA,
    NONE
  }

  /**
   * Takes an address apart.
   *
   * @param name of the setting, for the error
   * @throws SettingsException it is none; the message repeats nothing of it that may be secret
   */
  public static RedisAddress parse(String name, String url) {
    Matcher matcher = ADDRESS.matcher(url);
    if (!matcher.matches()) {
      throw malformed(name);
    }
    boolean tls = !matcher.group("tls").isEmpty();
    boolean sentinel = matcher.group("sentinel") != null;
    String master = decode(name, matcher.group("master"));
    if (sentinel != (master != null && !master.isEmpty())) {
      throw new SettingsException(
          name
              + (sentinel
                  ? " does not say which master: use redis-sentinel://host:26379,host:26379#name"
                  : " names a master after # and is not redis-sentinel://: write # as %23 if it"
                      + " is part of a password"));
    }
    Map<String, String> query = query(name, matcher.group("query"));
    Set<String> unknown = new TreeSet<>(query.keySet());
    unknown.remove("timeout");
    if (tls) {
      unknown.removeAll(TLS_PARAMETERS);
    }
    if (sentinel) {
      unknown.removeAll(SENTINEL_PARAMETERS);
    }
    if (!unknown.isEmpty()) {
      throw new SettingsException(
          name
              + " has a parameter that does not fit: timeout fits everywhere, verifyPeer, ca, cert"
              + " and key fit rediss://, sentinelUsername and sentinelPassword fit"
              + " redis-sentinel://");
    }
    String database = matcher.group("database");
    return new RedisAddress(
        hosts(name, matcher.group("hosts"), sentinel ? 26379 : 6379),
        sentinel ? master : null,
        login(name, matcher.group("login")),
        query.containsKey("sentinelPassword")
            ? new Login(query.get("sentinelUsername"), query.get("sentinelPassword"))
            : null,
        database == null || database.isEmpty() ? 0 : Integer.parseInt(database),
        tls ? tls(name, query) : null,
        timeout(name, query.getOrDefault("timeout", "2s")));
  }

  private static SettingsException malformed(String name) {
    return new SettingsException(
        name
            + " is not a Redis address: use redis://user:password@host:6379, with rediss:// for"
            + " TLS, commas between the nodes of a cluster, or redis-sentinel://host:26379#name;"
            + " write special characters of a password as %40 and so on");
  }

  private static List<Host> hosts(String name, String text, int otherwise) {
    List<Host> hosts = new ArrayList<>();
    for (String each : text.split(",", -1)) {
      Matcher matcher = HOST.matcher(each.strip());
      if (!matcher.matches()) {
        throw malformed(name);
      }
      String host = matcher.group("name").replaceAll("[\\[\\]]", "");
      String port = matcher.group("port");
      int number = port == null ? otherwise : Integer.parseInt(port);
      if (number < 1 || number > 65535) {
        throw malformed(name);
      }
      hosts.add(new Host(host, number));
    }
    return List.copyOf(hosts);
  }

  /** As {@code redis-cli} reads it: what has no colon is a password. */
  private static @Nullable Login login(String name, @Nullable String text) {
    if (text == null || text.isEmpty()) {
      return null;
    }
    int colon = text.indexOf(':');
    String username = colon < 1 ? null : decode(name, text.substring(0, colon));
    String password = decode(name, text.substring(colon + 1));
    return new Login(username, String.valueOf(password));
  }

  private static Map<String, String> query(String name, @Nullable String text) {
    Map<String, String> query = new HashMap<>();
    for (String each : text == null || text.isEmpty() ? new String[0] : text.split("&", -1)) {
      int equals = each.indexOf('=');
      query.put(
          equals < 0 ? each : each.substring(0, equals),
          String.valueOf(decode(name, each.substring(equals + 1))));
    }
    return query;
  }

  private static Tls tls(String name, Map<String, String> query) {
    Verification verification =
        switch (query.getOrDefault("verifyPeer", "full")) {
          case "full" -> Verification.FULL;
          case "ca" -> Verification.CA;
          case "none" -> Verification.NONE;
          default ->
              throw new SettingsException(name + " has another verifyPeer than full, ca or none");
        };
    if (query.containsKey("cert") != query.containsKey("key")) {
      throw new SettingsException(name + " has one of cert and key: use both or none");
    }
    return new Tls(
        verification, file(name, "ca", query), file(name, "cert", query), file(name, "key", query));
  }

  private static @Nullable Path file(String name, String parameter, Map<String, String> query) {
    String value = query.get(parameter);
    if (value == null) {
      return null;
    }
    Path path = Path.of(value);
    if (!Files.isReadable(path) || Files.isDirectory(path)) {
      throw new SettingsException(
          name + " names " + value + " as " + parameter + ", which cannot be read");
    }
    return path;
  }

  private static Duration timeout(String name, String value) {
    Matcher matcher = TIMEOUT.matcher(value);
    if (matcher.matches()) {
      long amount = Long.parseLong(matcher.group("amount"));
      Duration timeout =
          matcher.group("unit").equals("s")
              ? Duration.ofSeconds(amount)
              : Duration.ofMillis(amount);
      if (timeout.isPositive() && timeout.compareTo(LONGEST) <= 0) {
        return timeout;
      }
    }
    throw new SettingsException(name + " has a timeout that is none: use for example timeout=2s");
  }

  private static @Nullable String decode(String name, @Nullable String text) {
    try {
      return text == null
          ? null
          : URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // Without the cause: it quotes what may be a password.
      throw malformed(name);
    }
  }

  @Override
  public String toString() {
    List<String> names = hosts.stream().map(Host::toString).toList();
    return (tls == null ? "redis" : "rediss")
        + (master == null ? "" : "-sentinel")
        + "://"
        + String.join(",", names)
        + (database == 0 ? "" : "/" + database)
        + (master == null ? "" : "#" + master);
  }
}
