package io.crewline.platform.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.platform.Settings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ClientAddressesTest {
  private static ClientAddresses behind(String proxies) {
    return new ClientAddresses(Settings.from(Map.of("CREWLINE_TRUSTED_PROXIES", proxies)));
  }

  private static String client(ClientAddresses addresses, String peer, String... forwardedFor) {
    InetSocketAddress end = new InetSocketAddress(InetAddress.ofLiteral(peer), 1234);
    return addresses.of(end, List.of(forwardedFor)).getHostAddress();
  }

  @Test
  void nobodyIsBelievedByDefault() {
    assertThat(client(behind(""), "127.0.0.1", "203.0.113.7")).isEqualTo("127.0.0.1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.1   | 203.0.113.7                       | 192.0.2.1",
        "10.1.2.3    | 203.0.113.7                       | 203.0.113.7",
        "10.1.2.3    | 198.51.100.1, 203.0.113.7         | 203.0.113.7",
        "10.1.2.3    | 203.0.113.7, 10.9.9.9             | 203.0.113.7",
        "10.1.2.3    | 203.0.113.7:4711                  | 203.0.113.7",
        "10.1.2.3    | 10.9.9.9                          | 10.9.9.9",
        "10.1.2.3    | example.com                       | 10.1.2.3",
        "10.1.2.3    | 203.0.113.7, nonsense, 10.9.9.9   | 10.9.9.9",
        "10.1.2.3    | unknown                           | 10.1.2.3",
        "fd00:0:0:0:0:0:0:1 | [2001:db8::1]:443          | 2001:db8:0:0:0:0:0:1",
        "fd00:0:0:0:0:0:0:1 | ::ffff:203.0.113.7         | 203.0.113.7",
        "11.1.2.3    | 203.0.113.7                       | 11.1.2.3",
      })
  void aProxyIsBelievedAboutTheOneBeforeIt(String peer, String forwardedFor, String client) {
    assertThat(client(behind("10.0.0.0/8, fd00::/8"), peer, forwardedFor)).isEqualTo(client);
  }

  @Test
  void headersOfSeveralProxiesAreReadInOrder() {
    assertThat(client(behind("10.0.0.0/8"), "10.0.0.1", "198.51.100.1", "203.0.113.7", "10.0.0.2"))
        .isEqualTo("203.0.113.7");
  }

  @Test
  void anIpv6NetworkIsOneClient() {
    assertThat(ClientAddresses.key(InetAddress.ofLiteral("2001:db8::1")))
        .isEqualTo(ClientAddresses.key(InetAddress.ofLiteral("2001:db8::ffff:1")))
        .isNotEqualTo(ClientAddresses.key(InetAddress.ofLiteral("2001:db8:0:1::1")));
    assertThat(ClientAddresses.key(InetAddress.ofLiteral("192.0.2.1")))
        .isNotEqualTo(ClientAddresses.key(InetAddress.ofLiteral("192.0.2.2")));
  }
}
