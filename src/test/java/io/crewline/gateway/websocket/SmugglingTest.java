package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Bystander;
import io.crewline.testing.RawSocket;
import io.crewline.testing.TestNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests that two servers in a row could read differently (RFC 9112 §11.2). Each is followed by
 * an honest one on the same connection. Either the connection ends with the one refusal, so that
 * nobody reads what follows, or both are answered: never is anything read twice, or in two ways.
 *
 * <p>In the probes {@code ~} stands for CR LF, {@code |} for LF, {@code #} for 100,000 letters.
 */
final class SmugglingTest {
  private static final String FOLLOWING =
      "GET /health/liveness HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  private static final String POST =
      "POST /api/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");

  private static Crewline node;
  private static Bystander bystander;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    bystander = Bystander.of(node);
  }

  @AfterAll
  static void nobodyElseNoticedAnything() {
    try {
      bystander.close();
    } finally {
      node.close();
    }
  }

  private static List<String> statuses(String probe) {
    String bytes =
        probe.replace("~", "\r\n").replace("|", "\n").replace("#", "y".repeat(100_000)) + FOLLOWING;
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.sendIfOpen(bytes.getBytes(StandardCharsets.ISO_8859_1));
      return STATUS.matcher(raw.readToEnd()).results().map(found -> found.group(1)).toList();
    }
  }

  private static void assertEndsTheConnection(String probe) {
    // Where the server closes before all was sent, the reset may overtake the answer.
    List<String> statuses = statuses(probe);
    assertThat(statuses).hasSizeLessThanOrEqualTo(1).isSubsetOf("400", "413", "426");
    if (!probe.contains("#")) {
      assertThat(statuses).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 4~Transfer-Encoding: chunked~~0~~",
        "Transfer-Encoding: chunked~Content-Length: 4~~0~~",
        "Transfer-Encoding: xchunked~Content-Length: 5~~0~~",
        "Transfer-Encoding: xchunked~~0~~",
        "Transfer-Encoding : chunked~Content-Length: 5~~0~~",
        "Transfer-Encoding:\tchunked~Content-Length: 5~~0~~",
        "Transfer-Encoding: \u000bchunked~Content-Length: 5~~0~~",
        "Transfer-Encoding: chunked~Transfer-Encoding: identity~~0~~",
        "Transfer-Encoding: chunked, identity~~0~~",
        "Transfer-Encoding: identity, chunked~~0~~",
        "Transfer-Encoding: gzip, chunked~~0~~",
        "Transfer-Encoding: chunked, chunked~~0~~",
        "Transfer-Encoding: \"chunked\"~Content-Length: 5~~0~~",
        "Transfer-Encoding: identity~Content-Length: 5~~0~~",
        "Transfer-Encoding:~ chunked~Content-Length: 5~~0~~",
        "Content-Length: 2~Content-Length: 2~~{}",
        "Content-Length: 2~Content-Length: 3~~{}",
        "Content-Length: 2, 2~~{}",
        "Content-Length: 2, 3~~{}",
        "Content-Length: +2~~{}",
        "Content-Length: -2~~{}",
        "Content-Length: 0x2~~{}",
        "Content-Length: 99999999999999999999999~~{}",
        "Content-Length:~~{}",
        "Content-Length: 2 2~~{}",
        "Content-Length : 2~~{}",
      })
  void lengthsThatCanBeReadInTwoWaysEndTheConnection(String rest) {
    assertEndsTheConnection(POST + rest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2;\u0000\u0001~{}~0~~",
        "2;a|{}~0~~",
        "2;#~{}~0~~",
        "-2~{}~0~~",
        "100000002~{}~0~~",
        "FFFFFFFFFFFFFFFF2~{}~0~~",
        "0x2~{}~0~~",
        "2~{}XX0~~",
        "~{}~0~~",
        "2|{}|0||",
        "2~{}~0~X: #~~",
      })
  void chunksThatAreNoneEndTheConnection(String body) {
    assertEndsTheConnection(POST + "Transfer-Encoding: chunked~~" + body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1|Host: x||",
        "GET / HTTP/1.1~Host: x|Foo: bar~~",
        "GET / HTTP/1.1~Host: x~Foo: a\rContent-Length: 3~~",
        "GET / HTTP/1.1~Host: x~Foo: a\u0000b~~",
        "GET / HTTP/1.1~Host: x~Foo: a\u0001b~~",
        "GET / HTTP/1.1~Host: x~Foo: a\u007fb~~",
        "GET / HTTP/1.1~Host: x~Fo\u0000o: b~~",
        "GET / HTTP/1.1~ Host: x~~",
        "GET / HTTP/1.1~Host: x~Foo~~",
        "GET / HTTP/1.1~Host: x~: x~~",
        "GET / HTTP/1.1~Host: x~X: #~~",
        "GET /# HTTP/1.1~Host: x~~",
        "GET / HTTP/1.1~~",
        "GET / HTTP/1.1~Host: x~Host: y~~",
        "GET / HTTP/1.1~Host: a b/c~~",
        "GET / HTTP/1.2~Host: x~~",
        "GET / HTTP/2.0~Host: x~~",
        "GET / HTTX/1.1~Host: x~~",
        "GET /~",
        "G{}T / HTTP/1.1~Host: x~~",
        "POST / HTTP/1.0~Host: x~Transfer-Encoding: chunked~~0~~",
        "PRI * HTTP/2.0~~SM~~",
      })
  void headsThatAreNoHttpEndTheConnection(String head) {
    assertEndsTheConnection(head);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sec-WebSocket-Version: 7~Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==~~",
        "Sec-WebSocket-Version: 13~Sec-WebSocket-Key: short~~",
        "Sec-WebSocket-Version: 13~Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==~"
            + "Content-Length: 30~~",
        "Sec-WebSocket-Version: 13~Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==~"
            + "Transfer-Encoding: chunked~~0~~",
      })
  void whatFollowsAnUpgradeThatFailsIsReadByNobody(String rest) {
    assertEndsTheConnection(
        "GET /ws HTTP/1.1~Host: x~Connection: Upgrade~Upgrade: websocket~" + rest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1~Host: x~Foo: a~ b~~",
        "GET / HTTP/1.1~Host: x~Foo: a\u00ffb~~",
        "GET / HTTP/1.1~Host: x~Content-Length: 5~~12345",
        "GET http://evil.example/ HTTP/1.1~Host: x~~",
        "GET http://a:b@localhost/ HTTP/1.1~Host: x~~",
        "CONNECT localhost:80 HTTP/1.1~Host: x~~",
        "OPTIONS * HTTP/1.1~Host: x~~",
        "TRACE / HTTP/1.1~Host: x~~",
        "GET / HTTP/1.1~Host: x~Connection: Upgrade, HTTP2-Settings~Upgrade: h2c~"
            + "HTTP2-Settings: AAMAAABkAAQAAP__~~",
        "GET / HTTP/1.1~Host: x~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~"
            + "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==~~",
        "GET /health/../api/me HTTP/1.1~Host: x~~",
        "GET /health/%2e%2e/api/me HTTP/1.1~Host: x~~",
        "GET /api%2fme HTTP/1.1~Host: x~~",
        "GET /api/rooms/..%2f..%2fetc%2fpasswd HTTP/1.1~Host: x~~",
        "GET /../../../../etc/passwd HTTP/1.1~Host: x~~",
        "GET /api/me%00 HTTP/1.1~Host: x~~",
        "GET /api/me\u0000 HTTP/1.1~Host: x~~",
        "GET /api\\me HTTP/1.1~Host: x~~",
        "GET /api/me;a=b HTTP/1.1~Host: x~~",
        "GET //api/me HTTP/1.1~Host: x~~",
        "GET /api/%c0%afme HTTP/1.1~Host: x~~",
        "GET /api/rooms?limit=%00 HTTP/1.1~Host: x~~",
        POST + "Transfer-Encoding: chunked~~2;a=b~{}~0~~",
        POST + "Transfer-Encoding: chunked~~2~{}~0~Content-Length: 99~Host: y~~",
        POST + "X-HTTP-Method-Override: DELETE~Content-Length: 2~~{}",
      })
  void oddOnesThatCanBeReadInOneWayOnlyAreAnsweredOnceEach(String probe) {
    List<String> statuses = statuses(probe);
    assertThat(statuses).hasSize(2);
    assertThat(statuses.getFirst()).isIn("400", "401", "404");
    assertThat(statuses.getLast()).isEqualTo("200");
  }
}
