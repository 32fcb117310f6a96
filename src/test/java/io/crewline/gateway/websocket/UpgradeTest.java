package io.crewline.gateway.websocket;

import static io.crewline.testing.RawSocket.upgrade;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.account.AccessTokens;
import io.crewline.realtime.Sessions;
import io.crewline.testing.RawSocket;
import io.crewline.testing.RawSocket.Answer;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UpgradeTest {
  private static final String CONNECT = "{\"id\":1,\"type\":\"connect\",\"token\":\"%s\"}";

  private static Crewline node;
  private static String token;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_CORS_ORIGINS", "https://app.example.com"));
    token = node.context().getBean(AccessTokens.class).issue("admin");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static Answer request(List<String> lines) {
    try (RawSocket raw = RawSocket.open(node.port())) {
      return raw.request(lines);
    }
  }

  private static List<String> without(String header) {
    List<String> lines = new ArrayList<>(upgrade());
    lines.removeIf(line -> line.startsWith(header));
    return lines;
  }

  private static List<String> with(String header, String value) {
    List<String> lines = without(header);
    lines.add(header + ": " + value);
    return lines;
  }

  private static void assertProblem(Answer answer, int status, String code) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.headers()).containsEntry("content-type", "application/problem+json");
    assertThat(SocketClient.parse(answer.body()))
        .containsEntry("status", status)
        .containsEntry("code", code)
        .containsKeys("type", "title", "detail");
  }

  @Test
  void tokenOnTheUpgradeLogsIn() {
    try (SocketClient client = SocketClient.connect(node.port(), token)) {
      assertThat(client.call("connect")).containsEntry("type", "connected");
    }
  }

  @Test
  void tokenInTheFirstCommandLogsIn() {
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      assertThat(client.call("refresh", "token", token)).containsEntry("type", "error");
      assertThat(client.call("connect", "token", token)).containsEntry("type", "connected");
    }
  }

  @Test
  void upgradeIsAcceptedAsTheStandardSaysWithOurSubprotocol() {
    Answer answer = request(upgrade("Sec-WebSocket-Protocol: mqtt, crewline.v1"));
    assertThat(answer.status()).isEqualTo(101);
    assertThat(answer.headers())
        .containsEntry("sec-websocket-accept", accept())
        .containsEntry("sec-websocket-protocol", "crewline.v1");
  }

  private static String accept() {
    try {
      return Base64.getEncoder()
          .encodeToString(
              java.security.MessageDigest.getInstance("SHA-1")
                  .digest(
                      "AAECAwQFBgcICQoLDA0ODw==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
                          .getBytes(StandardCharsets.US_ASCII)));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void subprotocolIsOptionalAndUnknownOnesAreIgnored() {
    assertThat(request(upgrade()).headers()).doesNotContainKey("sec-websocket-protocol");
    Answer answer = request(upgrade("Sec-WebSocket-Protocol: mqtt"));
    assertThat(answer.status()).isEqualTo(101);
    assertThat(answer.headers()).doesNotContainKey("sec-websocket-protocol");
  }

  @Test
  void compressionIsNeverAccepted() {
    Answer answer =
        request(upgrade("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"));
    assertThat(answer.status()).isEqualTo(101);
    assertThat(answer.headers()).doesNotContainKey("sec-websocket-extensions");
  }

  @Test
  void trailingSlashAndQueryAreAccepted() {
    List<String> slash = new ArrayList<>(upgrade());
    slash.set(0, "GET /ws/?v=1 HTTP/1.1");
    assertThat(request(slash).status()).isEqualTo(101);
  }

  @Test
  void missingKeyIsABadRequest() {
    assertProblem(request(without("Sec-WebSocket-Key")), 400, "badRequest");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "short", "AAECAwQFBgcICQoLDA0ODw", "!!ECAwQFBgcICQoLDA0ODw=="})
  void brokenKeyIsABadRequest(String key) {
    assertProblem(request(with("Sec-WebSocket-Key", key)), 400, "badRequest");
  }

  @ParameterizedTest
  @ValueSource(strings = {"8", "12", "14", "x"})
  void otherVersionsAreToldTheRightOne(String version) {
    Answer answer = request(with("Sec-WebSocket-Version", version));
    assertProblem(answer, 426, "badRequest");
    assertThat(answer.headers()).containsEntry("sec-websocket-version", "13");
  }

  @Test
  void plainGetIsToldToUpgrade() {
    Answer answer = request(List.of("GET /ws HTTP/1.1", "Host: localhost"));
    assertProblem(answer, 426, "badRequest");
    assertThat(answer.headers()).containsEntry("upgrade", "websocket");
  }

  @Test
  void upgradeByAnotherMethodIsRefused() {
    List<String> lines = new ArrayList<>(upgrade());
    lines.set(0, "POST /ws HTTP/1.1");
    Answer answer = request(lines);
    assertProblem(answer, 405, "methodNotAllowed");
    assertThat(answer.headers()).containsEntry("allow", "GET");
  }

  @Test
  void upgradeOverHttp10OrWithABodyOrWithoutAHostIsABadRequest() {
    List<String> old = new ArrayList<>(upgrade());
    old.set(0, "GET /ws HTTP/1.0");
    assertProblem(request(old), 400, "badRequest");
    assertProblem(request(upgrade("Content-Length: 5")), 400, "badRequest");
    assertProblem(request(upgrade("Transfer-Encoding: chunked")), 400, "badRequest");
    assertProblem(request(without("Host")), 400, "badRequest");
  }

  @Test
  void anotherSpellingOfThePathDoesNotGetPastTheGuard() {
    for (String path : List.of("/%77s", "//ws", "/./ws", "http://localhost/ws", "/ws;a=b")) {
      List<String> lines = new ArrayList<>(upgrade("Origin: https://evil.example.com"));
      lines.set(0, "GET " + path + " HTTP/1.1");
      try (RawSocket raw = RawSocket.open(node.port())) {
        if (raw.request(lines).status() == 101) {
          raw.sendIfOpen(
              RawSocket.masked(RawSocket.TEXT, CONNECT.formatted(token).getBytes(UTF_8)));
          assertThat(raw.readToEnd()).as(path).doesNotContain("connected");
        }
      }
    }
    assertThat(node.context().getBean(Sessions.class).all())
        .noneMatch(session -> session.login() != null && session.isOpen());
  }

  @Test
  void foreignOriginIsClosedWithACodeThatBrowsersCanRead() {
    try (RawSocket raw = RawSocket.open(node.port())) {
      Answer answer =
          raw.request(
              upgrade("Origin: https://evil.example.com", "Authorization: Bearer " + token));
      assertThat(answer.status()).isEqualTo(101);
      assertThat(raw.awaitClose()).isEqualTo(new SocketClient.Close(4403, "not allowed"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://app.example.com", "http://localhost", "https://localhost"})
  void listedAndSameOriginsAreLetIn(String origin) {
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.request(upgrade("Origin: " + origin));
      raw.text(CONNECT.formatted(token));
      assertThat(raw.readFrame().json()).containsEntry("type", "connected");
    }
  }

  @Test
  void credentialsThatAreNoValidTokenStopTheUpgrade() {
    String[] parts = token.split("\\.", -1);
    String none =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString("{\"typ\":\"at+jwt\",\"alg\":\"none\"}".getBytes(UTF_8));
    for (String credentials :
        List.of(
            "Bearer " + parts[0] + "." + parts[1] + ".AAAA" + parts[2].substring(4),
            "Bearer " + none + "." + parts[1] + ".",
            "Bearer " + none + "." + parts[1] + "." + parts[2],
            "Bearer nonsense",
            "Bearer ",
            "Basic YWRtaW46YWRtaW4tcGFzc3dvcmQ=")) {
      Answer answer = request(upgrade("Authorization: " + credentials));
      assertProblem(answer, 401, "unauthenticated");
      assertThat(answer.headers()).containsEntry("www-authenticate", "Bearer");
    }
  }

  @Test
  void tokensInTheAddressAreIgnored() {
    List<String> lines = new ArrayList<>(upgrade());
    lines.set(0, "GET /ws?token=" + token + "&access_token=" + token + " HTTP/1.1");
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.request(lines);
      raw.text("{\"id\":1,\"type\":\"connect\"}");
      assertThat(raw.readFrame().text()).contains("unauthenticated");
    }
  }

  @Test
  void sessionsWithTheSameKeyHaveDifferentIds() {
    try (RawSocket one = RawSocket.upgraded(node.port(), token);
        RawSocket other = RawSocket.upgraded(node.port(), token)) {
      Object first = one.text("{\"type\":\"connect\"}").readFrame().json().get("sessionId");
      Object second = other.text("{\"type\":\"connect\"}").readFrame().json().get("sessionId");
      assertThat(first).isNotNull().isNotEqualTo(second).isNotEqualTo("AAECAwQFBgcICQoLDA0ODw==");
    }
  }

  @Test
  void anUpgradeBehindRequestsThatAreNotAnsweredIsNone() {
    String stream =
        "GET /api/events?topic=user:admin HTTP/1.1\r\nHost: localhost\r\n"
            + "Accept: text/event-stream\r\nAuthorization: Bearer "
            + token
            + "\r\n\r\n";
    String me =
        "GET /api/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n\r\n";
    String upgrade = String.join("\r\n", upgrade("Authorization: Bearer " + token)) + "\r\n\r\n";
    for (String before : List.of(me, stream, stream + me)) {
      try (RawSocket raw = RawSocket.open(node.port())) {
        raw.send((before + upgrade).getBytes(UTF_8));
        assertThat(raw.readToEnd()).as(before).doesNotContain("HTTP/1.1 101");
      }
    }
  }

  @Test
  void bytesBehindTheUpgradeRequestEndTheConnection() {
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.send(
          (String.join("\r\n", upgrade()) + "\r\n\r\nGET /ws HTTP/1.1\r\n\r\n").getBytes(UTF_8));
      assertThat(raw.awaitEnd()).isLessThan(400);
    }
  }

  @Test
  void headersThatNeverEndAreCutOffAfterTenSeconds() {
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.send("GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".getBytes(UTF_8));
      long start = System.nanoTime();
      assertThat(raw.awaitEnd()).isZero();
      assertThat(System.nanoTime() - start).isBetween(5_000_000_000L, 14_000_000_000L);
    }
  }
}
