package io.crewline.platform.http;

import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may talk to this node, for every protocol: REST (CORS), WebSocket and Socket.IO
 * upgrades, event streams. Browsers name the page in {@code Origin} (RFC 6454); programs that are
 * no browser send none and are not restricted.
 *
 * <p>A page of the same origin is always allowed: its origin names the host and port of the
 * request's {@code Host}. The scheme is not compared, because a TLS proxy in front changes it. The
 * origin {@code null} (a file, a sandboxed frame) is allowed by {@code *} only. Thread-safe.
 */
@Singleton
public final class OriginPolicy {
  private static final Pattern DEFAULT_PORT =
      Pattern.compile("^(http://.*):80$|^(https://.*):443$");

  private final boolean any;
  private final List<String> exact;
  private final List<String> anyPort;

  OriginPolicy(Settings settings) {
    List<String> origins =
        settings.corsOrigins().stream().map(origin -> origin.toLowerCase(Locale.ROOT)).toList();
    this.any = origins.contains("*");
    this.exact =
        origins.stream()
            .filter(origin -> !origin.endsWith("*"))
            .map(OriginPolicy::withoutDefaultPort)
            .toList();
    this.anyPort =
        origins.stream()
            .filter(origin -> origin.endsWith(":*"))
            .map(origin -> origin.substring(0, origin.length() - ":*".length()))
            .toList();
  }

  /**
   * Whether a request may come in.
   *
   * @param origin the header {@code Origin}; null when there is none
   * @param host the header {@code Host}; null when there is none
   */
  public boolean allows(@Nullable String origin, @Nullable String host) {
    return origin == null || isSame(origin, host) || isListed(origin);
  }

  /** Whether the settings let any page in. */
  boolean allowsAny() {
    return any;
  }

  /**
   * Which pages may show what is answered here, as the value of {@code
   * Cross-Origin-Resource-Policy} (Fetch standard). An {@code <img>} without {@code crossorigin}
   * does not say what page it is on: then it is enough that the settings let pages of other origins
   * in.
   *
   * @param origin the header {@code Origin}; null when there is none
   * @param host the header {@code Host}; null when there is none
   */
  public String resourcePolicy(@Nullable String origin, @Nullable String host) {
    boolean others = any || !exact.isEmpty() || !anyPort.isEmpty();
    return others && allows(origin, host) ? "cross-origin" : "same-origin";
  }

  /** Whether the settings name this origin; the host itself is not considered. */
  boolean isListed(String origin) {
    if (any) {
      return true;
    }
    String normal = withoutDefaultPort(origin.toLowerCase(Locale.ROOT));
    return exact.contains(normal) || anyPort.stream().anyMatch(each -> isPortOf(each, normal));
  }

  private static boolean isSame(String origin, @Nullable String host) {
    int scheme = origin.indexOf("://");
    if (host == null || scheme < 0) {
      return false;
    }
    String prefix = origin.substring(0, scheme + 3).toLowerCase(Locale.ROOT);
    if (!prefix.equals("http://") && !prefix.equals("https://")) {
      return false;
    }
    String lower = origin.toLowerCase(Locale.ROOT);
    return withoutDefaultPort(lower)
        .equals(withoutDefaultPort(prefix + host.toLowerCase(Locale.ROOT)));
  }

  private static boolean isPortOf(String schemeAndHost, String origin) {
    if (!origin.startsWith(schemeAndHost)) {
      return false;
    }
    String rest = origin.substring(schemeAndHost.length());
    return rest.isEmpty() || rest.matches(":\\d{1,5}");
  }

  private static String withoutDefaultPort(String origin) {
    return DEFAULT_PORT.matcher(origin).replaceFirst("$1$2");
  }
}
