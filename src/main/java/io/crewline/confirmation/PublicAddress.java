package io.crewline.confirmation;

import io.crewline.platform.Settings;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import jakarta.inject.Singleton;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How people reach this service: by the setting, else in the way in which the manager who makes a
 * link has reached it. That is what their own request says, proxies in between included; who lies
 * there misleads nobody but themselves.
 */
@Singleton
final class PublicAddress {
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.\\-_:\\[\\]]{1,255}");

  private final @Nullable String setting;

  PublicAddress(Settings settings) {
    this.setting = settings.publicUrl();
  }

  /** An origin, without a slash at its end. */
  String of(HttpRequest<?> request) {
    if (setting != null) {
      return setting;
    }
    HttpHeaders headers = request.getHeaders();
    String forwarded = headers.get("X-Forwarded-Host");
    String host = forwarded == null ? headers.get(HttpHeaders.HOST) : forwarded;
    if (host == null || !HOST.matcher(host).matches()) {
      host =
          request.getServerAddress().getHostString() + ":" + request.getServerAddress().getPort();
    }
    boolean secure =
        request.isSecure() || "https".equalsIgnoreCase(headers.get("X-Forwarded-Proto"));
    return (secure ? "https://" : "http://") + host;
  }
}
