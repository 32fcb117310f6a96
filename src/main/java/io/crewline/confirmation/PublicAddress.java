package io.crewline.confirmation;

import io.crewline.platform.Settings;
import io.crewline.platform.limit.ClientAddresses;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import jakarta.inject.Singleton;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How people reach this service: by the setting, else in the way in which the manager who makes a
 * link has reached it. That is what their own request says; what {@code X-Forwarded-Host} and
 * {@code X-Forwarded-Proto} say counts only from proxies that the settings name.
 */
@Singleton
final class PublicAddress {
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.\\-_:\\[\\]]{1,255}");

  private final @Nullable String setting;
  private final ClientAddresses addresses;

  PublicAddress(Settings settings, ClientAddresses addresses) {
    this.setting = settings.publicUrl();
    this.addresses = addresses;
  }

  /** An origin, without a slash at its end. */
  String of(HttpRequest<?> request) {
    if (setting != null) {
      return setting;
    }
    HttpHeaders headers = request.getHeaders();
    boolean proxy = addresses.isFromProxy(request);
    String forwarded = proxy ? headers.get("X-Forwarded-Host") : null;
    String host = forwarded == null ? headers.get(HttpHeaders.HOST) : forwarded;
    if (host == null || !HOST.matcher(host).matches()) {
      host =
          request.getServerAddress().getHostString() + ":" + request.getServerAddress().getPort();
    }
    boolean secure =
        request.isSecure() || proxy && "https".equalsIgnoreCase(headers.get("X-Forwarded-Proto"));
    return (secure ? "https://" : "http://") + host;
  }
}
