package io.crewline.platform.limit;

import io.crewline.platform.AddressRange;
import io.crewline.platform.Settings;
import io.micronaut.http.HttpRequest;
import jakarta.inject.Singleton;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From which address a client comes. That is the other end of the connection, unless it is a proxy
 * that the settings name: then what the proxy says in {@code X-Forwarded-For} is believed, from the
 * right to the left up to the first address that is no such proxy. What stands left of it was
 * written by the client and is not looked at. Thread-safe.
 */
@Singleton
public final class ClientAddresses {
  /** The header that proxies extend. */
  public static final String HEADER = "X-Forwarded-For";

  private final List<AddressRange> proxies;

  ClientAddresses(Settings settings) {
    this.proxies = settings.limits().trustedProxies();
  }

  /** From where a call comes. */
  public InetAddress of(HttpRequest<?> request) {
    return of(request.getRemoteAddress(), request.getHeaders().getAll(HEADER));
  }

  /**
   * From where a connection or call comes.
   *
   * @param peer the other end of the connection
   * @param forwardedFor all values of {@value #HEADER}, in order
   */
  public InetAddress of(InetSocketAddress peer, List<String> forwardedFor) {
    InetAddress client = address(peer);
    if (proxies.isEmpty() || forwardedFor.isEmpty() || !isProxy(client)) {
      return client;
    }
    List<String> hops = new ArrayList<>();
    forwardedFor.forEach(value -> hops.addAll(List.of(value.split(",", -1))));
    for (String hop : hops.reversed()) {
      InetAddress before = parse(hop.strip());
      if (before == null) {
        return client;
      }
      client = before;
      if (!isProxy(client)) {
        return client;
      }
    }
    return client;
  }

  /**
   * Whether a call comes from a proxy that the settings name, so that what it says about the way
   * there ({@code X-Forwarded-Host}, {@code X-Forwarded-Proto}) can be believed.
   */
  public boolean isFromProxy(HttpRequest<?> request) {
    return isProxy(address(request.getRemoteAddress()));
  }

  /** What counts as one client: an IPv4 address, or the /64 that an IPv6 address belongs to. */
  public static String key(InetAddress address) {
    byte[] bytes = address.getAddress();
    return HexFormat.of()
        .formatHex(address instanceof Inet6Address ? Arrays.copyOf(bytes, 8) : bytes);
  }

  private boolean isProxy(InetAddress address) {
    return proxies.stream().anyMatch(range -> range.contains(address));
  }

  private static InetAddress address(InetSocketAddress peer) {
    InetAddress address = peer.getAddress();
    return address == null ? InetAddress.getLoopbackAddress() : address;
  }

  /** An address, with or without a port; null for anything else. Never asks the DNS. */
  private static @Nullable InetAddress parse(String hop) {
    String address = hop;
    if (hop.startsWith("[")) {
      int end = hop.indexOf(']');
      address = end < 0 ? hop : hop.substring(1, end);
    } else if (hop.indexOf(':') == hop.lastIndexOf(':') && hop.indexOf('.') > 0) {
      int colon = hop.indexOf(':');
      address = colon < 0 ? hop : hop.substring(0, colon);
    }
    try {
      return InetAddress.ofLiteral(address);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
