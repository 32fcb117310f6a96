package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.RawSocket;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.slf4j.LoggerFactory;

/**
 * Tokens that a hostile client could send, each at the four doors of a running node: a REST call, a
 * stream, the upgrade to a WebSocket, and {@code connect}. A well-behaved client stays connected
 * all the time.
 */
@SuppressWarnings("NullAway.Init")
final class ForgedTokenTest {
  private static final Logger ROOT = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private static final Log LOG = new Log();

  private static Crewline node;
  private static ForgedTokens tokens;
  private static String genuine;
  private static String refresh;
  private static SocketClient neighbour;

  private static final class Log extends AppenderBase<ILoggingEvent> {
    final Queue<ILoggingEvent> events = new ConcurrentLinkedQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
      events.add(event);
    }
  }

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_LIMITS", "off"));
    Caller.Answer login = Caller.anonymous(node).login("admin", TestNode.ADMIN_PASSWORD);
    genuine = login.text("access");
    refresh = login.text("refresh");
    tokens = new ForgedTokens(node.context().getBean(SigningKeys.class).signing(), genuine);
    Caller.admin(node).createUser("disabled", "member");
    Caller.admin(node).patch("/api/users/disabled", Map.of("disabled", true));
    neighbour = SocketClient.connect(node.port(), Person.member(node, "neighbour").token());
    LOG.start();
    ROOT.addAppender(LOG);
  }

  @AfterAll
  static void stop() {
    ROOT.detachAppender(LOG);
    assertThat(neighbour.call("countUnread")).containsEntry("type", "ok");
    assertThat(neighbour.received()).isEmpty();
    neighbour.close();
    node.close();
  }

  /** What a door answers: an HTTP status or the type of a frame, and an error code if any. */
  private record Outcome(String answer, String code) {}

  private static final Outcome REFUSED = new Outcome("401", "unauthenticated");

  private static Map<String, Outcome> atAllDoors(String token) {
    Map<String, Outcome> outcomes = atHeaderDoors("Authorization: Bearer " + token);
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      Map<String, Object> reply = client.call("connect", "token", token);
      Map<?, ?> error = (Map<?, ?>) reply.getOrDefault("error", Map.of());
      outcomes.put(
          "connect",
          new Outcome(
              "error".equals(reply.get("type")) ? "401" : "200",
              String.valueOf(error.get("code"))));
      assertThat(reply.toString()).doesNotContain("Exception", token);
    }
    return outcomes;
  }

  private static Map<String, Outcome> atHeaderDoors(String... headers) {
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    outcomes.put("REST", request(headers, "GET /api/me HTTP/1.1", "Host: localhost"));
    outcomes.put(
        "stream",
        request(
            headers,
            "GET /api/events?topic=user:admin HTTP/1.1",
            "Host: localhost",
            "Accept: text/event-stream"));
    outcomes.put("upgrade", request(headers, RawSocket.upgrade().toArray(String[]::new)));
    return outcomes;
  }

  private static Outcome request(String[] headers, String... lines) {
    List<String> all = new ArrayList<>(List.of(lines));
    all.addAll(List.of(headers));
    try (RawSocket raw = RawSocket.open(node.port())) {
      RawSocket.Answer answer = raw.request(all);
      if (answer.status() < 400) {
        return new Outcome(answer.status() == 101 ? "200" : "" + answer.status(), "null");
      }
      assertThat(answer.headers()).containsEntry("content-type", "application/problem+json");
      assertThat(answer.body()).doesNotContain("Exception", "\tat ", ".java");
      if (answer.status() == 401) {
        assertThat(answer.headers().get("www-authenticate")).startsWith("Bearer");
      }
      return new Outcome(
          String.valueOf(answer.status()),
          String.valueOf(SocketClient.parse(answer.body()).get("code")));
    }
  }

  private static void assertRefused(Map<String, Outcome> outcomes) {
    Map<String, Outcome> refused = new LinkedHashMap<>(outcomes);
    refused.replaceAll((door, outcome) -> REFUSED);
    assertThat(outcomes).isEqualTo(refused);
  }

  private static void assertAccepted(Map<String, Outcome> outcomes) {
    assertThat(outcomes.values()).allMatch(outcome -> outcome.answer().equals("200"));
  }

  /** Nothing worse than a warning, and nobody's token. */
  private static void assertQuietLog(String token) {
    for (ILoggingEvent event : LOG.events) {
      assertThat(event.getLevel().isGreaterOrEqual(Level.ERROR)).as(event.toString()).isFalse();
      if (token.length() > 20) {
        assertThat(event.getFormattedMessage()).doesNotContain(token);
      }
      assertThat(event.getFormattedMessage()).doesNotContain(genuine);
    }
  }

  @Test
  void aTokenSignedHereByHandIsAccepted() {
    assertAccepted(atAllDoors(tokens.withClaims(ForgedTokens.claims("", ""))));
    assertAccepted(atAllDoors(tokens.withClaims(ForgedTokens.claims("(\"exp\":\\d+)", "$1.5"))));
    assertAccepted(atAllDoors(genuine));
  }

  @TestFactory
  List<DynamicTest> forgedTokensAreRefused() throws Exception {
    Map<String, String> forged = tokens.all();
    forged.put("refresh token", refresh);
    Caller.Answer ended = Caller.anonymous(node).login("admin", TestNode.ADMIN_PASSWORD);
    Caller.anonymous(node).post("/api/token/revoke", Map.of("refresh", ended.text("refresh")));
    forged.put("token of a login that has ended", ended.text("access"));
    assertThat(forged).hasSizeGreaterThan(100);
    return forged.entrySet().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.getKey(),
                    () -> {
                      String token = each.getValue();
                      Map<String, Outcome> outcomes = new LinkedHashMap<>(atAllDoors(token));
                      // Who is disabled, or logged out, is told once the socket is there.
                      if (LATE.contains(each.getKey())) {
                        outcomes.remove("upgrade");
                        closesAfterUpgrade(token);
                      }
                      outcomes.replaceAll((door, o) -> FORBIDDEN.equals(o) ? REFUSED : o);
                      assertRefused(outcomes);
                      assertQuietLog(token);
                    }))
        .toList();
  }

  private static final List<String> LATE =
      List.of("sub \"nobody\"", "sub \"disabled\"", "token of a login that has ended");

  /** What {@code connect} says to a disabled user. */
  private static final Outcome FORBIDDEN = new Outcome("401", "forbidden");

  private static void closesAfterUpgrade(String token) {
    try (SocketClient client = SocketClient.connect(node.port(), token)) {
      assertThat(client.awaitClose().code()).isIn(4401, 4403);
    }
  }

  @TestFactory
  List<DynamicTest> aTokenBelongsIntoOneBearerHeader() {
    String bearer = "Authorization: Bearer " + genuine;
    String forged = "Authorization: Bearer " + genuine + "x";
    Map<String, String[]> wrong = new LinkedHashMap<>();
    wrong.put("no scheme", new String[] {"Authorization: " + genuine});
    wrong.put("Basic", new String[] {"Authorization: Basic " + genuine});
    wrong.put("Token", new String[] {"Authorization: Token " + genuine});
    wrong.put("scheme alone", new String[] {"Authorization: Bearer"});
    wrong.put("scheme and space", new String[] {"Authorization: Bearer  "});
    wrong.put("no space", new String[] {"Authorization: Bearer" + genuine});
    wrong.put("colon", new String[] {"Authorization: Bearer:" + genuine});
    wrong.put("parameter", new String[] {"Authorization: Bearer token=" + genuine});
    wrong.put("empty", new String[] {"Authorization: "});
    wrong.put("two headers", new String[] {bearer, bearer});
    wrong.put("a good and a bad header", new String[] {bearer, forged});
    wrong.put("a bad and a good header", new String[] {forged, bearer});
    wrong.put("an empty and a good header", new String[] {"Authorization:", bearer});
    wrong.put("Basic and a good header", new String[] {"authorization: Basic YTpi", bearer});
    wrong.put("two in one", new String[] {bearer + ", Bearer " + genuine});
    return wrong.entrySet().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.getKey(),
                    () -> {
                      assertRefused(atHeaderDoors(each.getValue()));
                      assertQuietLog(genuine);
                    }))
        .toList();
  }

  @Test
  void theSchemeMayBeWrittenInAnyCase() {
    for (String scheme : List.of("bearer", "BEARER", "bEaReR")) {
      assertAccepted(atHeaderDoors("Authorization: " + scheme + " " + genuine));
    }
  }

  @Test
  void noTokenIsTakenFromElsewhere() {
    for (String elsewhere : List.of("Cookie: JWT=" + genuine, "X-Crewline-User: admin")) {
      Map<String, Outcome> outcomes = atHeaderDoors(elsewhere);
      // A socket may come without a token; then it is nobody's.
      outcomes.remove("upgrade");
      assertRefused(outcomes);
    }
    for (String name : List.of("access_token", "token", "userToken")) {
      String query = "?topic=user:admin&" + name + "=" + genuine;
      String[] none = {};
      assertThat(request(none, "GET /api/me" + query + " HTTP/1.1", "Host: localhost"))
          .isEqualTo(REFUSED);
      assertThat(
              request(
                  none,
                  "GET /api/events" + query + " HTTP/1.1",
                  "Host: localhost",
                  "Accept: text/event-stream"))
          .isEqualTo(REFUSED);
      try (RawSocket raw = RawSocket.open(node.port())) {
        List<String> lines = RawSocket.upgrade();
        lines.set(0, "GET /ws" + query + " HTTP/1.1");
        assertThat(raw.request(lines).status()).isEqualTo(101);
        Map<String, Object> reply =
            raw.text("{\"id\":1,\"type\":\"countUnread\"}").readFrame().json();
        assertThat(Objects.requireNonNull(reply.get("error")).toString())
            .contains("code=unauthenticated");
      }
    }
    assertQuietLog(genuine);
  }

  @Test
  void aTokenOf64KilobytesIsTooLargeForEveryDoor() {
    String huge = genuine + "x".repeat(65_536);
    assertThat(atHeaderDoors("Authorization: Bearer " + huge).values())
        .containsOnly(new Outcome("413", "tooLarge"));
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      client.sendText("{\"id\":1,\"type\":\"connect\",\"token\":\"" + huge + "\"}");
      assertThat(client.awaitClose().code()).isEqualTo(1009);
    }
    assertQuietLog(huge);
  }

  @Test
  void theAnswerSaysWhy() {
    Caller.Answer expired =
        Caller.withToken(node, tokens.withClaims(ForgedTokens.claims("\"exp\":\\d+", "\"exp\":1")))
            .get("/api/me");
    assertThat(expired.body())
        .containsEntry("code", "unauthenticated")
        .containsEntry("detail", "the token has expired");
  }
}
