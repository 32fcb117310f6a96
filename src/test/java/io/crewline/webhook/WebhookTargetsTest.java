package io.crewline.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crewline.platform.ApiException;
import io.crewline.platform.Settings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WebhookTargetsTest {
  private final WebhookTargets targets = new WebhookTargets(Settings.from(Map.of()));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.0",
        "192.0.2.255",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.0",
        "198.51.100.255",
        "203.0.113.0",
        "203.0.113.255",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2001::1",
        "2001:db8::1",
        "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        "2002:7f00:1::1",
        "3fff::1",
        "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1"
      })
  void whatIsNotPublicIsRefused(String address) {
    assertThat(targets.mayBeCalled(InetAddress.ofLiteral(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.255",
        "192.0.3.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "2001:db7::1",
        "2001:db9::1",
        "2a00:1450::1",
        "3fff:1000::1"
      })
  void whatIsPublicMayBeCalled(String address) {
    assertThat(targets.mayBeCalled(InetAddress.ofLiteral(address))).isTrue();
  }

  @Test
  void aNameThatLeadsHomeIsRefused() {
    assertThatThrownBy(() -> targets.resolve("localhost"))
        .isInstanceOf(WebhookTargets.ForbiddenTarget.class)
        .hasMessageNotContaining("127");
  }

  @Test
  void whatIsAllowedMayBeCalled() throws UnknownHostException {
    WebhookTargets some =
        new WebhookTargets(
            Settings.from(Map.of("CREWLINE_WEBHOOK_ALLOW", "127.0.0.0/8, fd00:12::/32")));
    assertThat(some.checked("http://localhost:8080/hook")).isEqualTo("http://localhost:8080/hook");
    assertThat(some.resolve("localhost")).containsExactly(InetAddress.ofLiteral("127.0.0.1"));
    assertThat(some.mayBeCalled(InetAddress.ofLiteral("fd00:12::7"))).isTrue();
    assertThat(some.mayBeCalled(InetAddress.ofLiteral("fd00:13::7"))).isFalse();
    assertThat(some.mayBeCalled(InetAddress.ofLiteral("10.0.0.1"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "example.com",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http:/8.8.8.8/",
        "http://",
        "http://8.8.8.8:0/",
        "http://8.8.8.8:70000/",
        "http://user:secret@8.8.8.8/",
        "http://8.8.8.8/#part",
        "http://8.8.8.8/ space",
        "http://8.8.8.8/ümlaut",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
        "http://8.8.8.8@127.0.0.1/"
      })
  void aUrlThatCannotOrMustNotBeCalledIsRefused(String url) {
    assertThatThrownBy(() -> targets.checked(url))
        .isInstanceOf(ApiException.class)
        .hasMessageStartingWith("url: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://8.8.8.8/",
        "HTTP://8.8.8.8:8443/a?b=c",
        "https://no-such-host.invalid/hook"
      })
  void anyOtherIsAccepted(String url) {
    assertThat(targets.checked(url)).isEqualTo(url);
  }
}
