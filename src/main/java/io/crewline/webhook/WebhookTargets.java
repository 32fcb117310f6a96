package io.crewline.webhook;

import io.crewline.platform.AddressRange;
import io.crewline.platform.ApiException;
import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.hc.client5.http.DnsResolver;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses may be called: public ones, and those of {@code CREWLINE_WEBHOOK_ALLOW}. A name
 * is resolved here, once for each connection, and the connection goes to exactly the address that
 * was looked at: a name that resolves to something else a moment later changes nothing.
 */
@Singleton
final class WebhookTargets implements DnsResolver {
  private static final int LONGEST = 2000;

  /**
   * IPv4 that is not globally reachable (IANA special-purpose registry), and a cloud's metadata.
   */
  private static final List<AddressRange> NOT_PUBLIC_4 =
      ranges(
          "0.0.0.0/8",
          "10.0.0.0/8",
          "100.64.0.0/10",
          "127.0.0.0/8",
          "168.63.129.16",
          "169.254.0.0/16",
          "172.16.0.0/12",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.88.99.0/24",
          "192.168.0.0/16",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/4",
          "240.0.0.0/4");

  /**
   * Of IPv6 only global unicast is public: what is local, multicast or wraps an IPv4 address
   * (NAT64) lies outside.
   */
  private static final AddressRange GLOBAL_UNICAST = AddressRange.parse("2000::/3");

  /** Within it: protocol assignments with Teredo, 6to4, documentation. */
  private static final List<AddressRange> NOT_PUBLIC_6 =
      ranges("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

  private final List<AddressRange> allowed;

  WebhookTargets(Settings settings) {
    this.allowed = settings.webhooks().allowed();
  }

  /** A host that resolves to nothing that may be called. The message names no address. */
  static final class ForbiddenTarget extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    ForbiddenTarget() {
      super("the address is not allowed");
    }
  }

  /**
   * Checks a URL that came from outside: http or https, a host that may be called, no credentials.
   * A name that cannot be resolved now is accepted.
   */
  String checked(@Nullable String text) {
    if (text == null) {
      throw ApiException.badField("url", "is required");
    }
    if (text.length() > LONGEST) {
      throw ApiException.badField("url", "must be at most " + LONGEST + " characters");
    }
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw notUrl();
    }
    String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("https") && !scheme.equals("http")
        || url.getHost() == null
        || url.getPort() == 0
        || url.getPort() > 65535
        || !text.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
      throw notUrl();
    }
    if (url.getRawUserInfo() != null) {
      throw ApiException.badField("url", "must not have a user or a password");
    }
    if (url.getRawFragment() != null) {
      throw ApiException.badField("url", "must not have a fragment");
    }
    try {
      resolve(url.getHost());
    } catch (ForbiddenTarget e) {
      throw ApiException.badField("url", "leads to an address that is not allowed");
    } catch (UnknownHostException e) {
      // It may exist by the time of the first delivery, which will say.
    }
    return text;
  }

  private static ApiException notUrl() {
    return ApiException.badField(
        "url", "must be an http or https URL in ASCII such as https://example.com/hooks");
  }

  /** Those addresses of a host that may be called. */
  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    InetAddress[] found = InetAddress.getAllByName(host);
    InetAddress[] callable =
        Arrays.stream(found).filter(this::mayBeCalled).toArray(InetAddress[]::new);
    if (callable.length == 0) {
      throw new ForbiddenTarget();
    }
    return callable;
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }

  boolean mayBeCalled(InetAddress address) {
    return isPublic(address) || allowed.stream().anyMatch(range -> range.contains(address));
  }

  private static boolean isPublic(InetAddress address) {
    return address.getAddress().length == 4
        ? NOT_PUBLIC_4.stream().noneMatch(range -> range.contains(address))
        : GLOBAL_UNICAST.contains(address)
            && NOT_PUBLIC_6.stream().noneMatch(range -> range.contains(address));
  }

  private static List<AddressRange> ranges(String... texts) {
    return Stream.of(texts).map(AddressRange::parse).toList();
  }
}
