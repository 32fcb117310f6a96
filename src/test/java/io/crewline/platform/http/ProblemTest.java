package io.crewline.platform.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ProblemTest {
  private final Crewline node = TestNode.start();
  private final Rest rest = new Rest(node, "Probe-User", "ada");
  private final Rest stranger = new Rest(node);

  @AfterAll
  void stop() {
    node.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /api/nothing, 404, notFound",
    "GET, /api/probe/fail/bare, 404, notFound",
    "DELETE, /api/probe, 405, methodNotAllowed",
    "GET, /api/probe/fail/status, 409, conflict",
    "GET, /api/probe/fail/limited, 429, rateLimited",
    "GET, /api/probe/fail/unavailable, 503, unavailable",
    "GET, /api/probe/fail/unauthenticated, 401, unauthenticated",
    "GET, /api/probe/fail/error, 500, internal",
    "GET, /api/probe/fail/exception, 500, internal",
    "GET, /api/probe/denied, 403, forbidden",
    "GET, /api/probe/number/x, 400, badRequest",
    "GET, /api/probe/required, 400, badRequest",
  })
  void everyErrorIsAProblem(String method, String path, int status, String code) {
    assertProblem(rest.call(method, path, ""), status, code);
    assertProblem(rest.call(method, path, "", "Accept", "*/*, text/html"), status, code);
    assertProblem(rest.call(method, path, "", "Accept", "???"), status, code);
  }

  @Test
  void whoIsNobodyIsAskedForAToken() {
    assertProblem(stranger.get("/api/probe/secret"), 401, "unauthenticated");
    assertProblem(stranger.post("/api/probe/secret", "{"), 405, "methodNotAllowed");
    assertProblem(stranger.post("/api/probe", "{"), 401, "unauthenticated");
  }

  @Test
  void htmlIsNeverAnswered() {
    assertProblem(rest.get("/api/nothing", "Accept", "text/html"), 404, "notFound");
    assertProblem(rest.get("/api/probe", "Accept", "text/html"), 406, "notAcceptable");
  }

  @Test
  void problemsTellWhatToDoNext() {
    assertThat(rest.get("/api/probe/fail/limited").header("Retry-After")).isEqualTo("2");
    assertThat(rest.get("/api/probe/fail/unavailable").header("Retry-After")).isEqualTo("1");
    assertThat(stranger.get("/api/probe/secret").header("WWW-Authenticate")).isEqualTo("Bearer");
    assertThat(rest.call("DELETE", "/api/probe", "").header("Allow").split(","))
        .contains("GET", "HEAD", "POST");
  }

  @ParameterizedTest
  @ValueSource(strings = {"limited", "unavailable", "busy", "tooMany"})
  void whatPassesSaysWhen(String how) {
    Answer answer = rest.get("/api/probe/fail/" + how);
    long waitMs = ((Number) answer.field("retryAfterMs")).longValue();
    assertThat(waitMs).isPositive();
    assertThat(answer.header("Retry-After")).isEqualTo(Long.toString(Math.ceilDiv(waitMs, 1000)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"error", "exception", "status"})
  void nothingOfAFaultLeaves(String how) {
    assertThat(rest.get("/api/probe/fail/" + how).body())
        .doesNotContain("secret")
        .doesNotContain("Exception")
        .doesNotContain("io.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "[{}]", "\"text\"", "1", "null", "nope", "{\"name\":{}}"})
  void aBodyThatIsNoSuchObjectIsRefused(String body) {
    Answer answer = rest.post("/api/probe", body);
    assertProblem(answer, 400, "badRequest");
    assertThat(answer.body()).doesNotContain("io.crewline").doesNotContain("java.");
  }

  @Test
  void aBodyNestedTooDeepIsRefused() {
    String deep = "[".repeat(10_000) + "]".repeat(10_000);
    assertProblem(rest.post("/api/probe", deep), 400, "badRequest");
    assertProblem(rest.post("/api/probe", "{\"x\":" + deep + "}"), 400, "badRequest");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"count\":\"x\"}|count",
        "{\"count\":99999999999999999999}|count",
        "{\"parts\":[{\"size\":1},{\"size\":\"x\"}]}|parts[1].size",
        "{\"parts\":[{\"size\":99999999999}]}|parts[0].size",
        "{\"color\":\"GREEN\"}|color",
      })
  void aWrongFieldIsNamed(String body, String field) {
    Answer answer = rest.post("/api/probe", body);
    assertProblem(answer, 400, "badRequest");
    assertThat(fields(answer)).containsExactly(field);
  }

  @Test
  void everyBrokenRuleIsListed() {
    Answer answer =
        rest.post("/api/probe/rules", "{\"name\":\"too long\",\"rules\":[{\"text\":\"a\"},{}]}");
    assertProblem(answer, 400, "badRequest");
    assertThat(fields(answer)).containsExactly("name", "rules[1].text");
  }

  @Test
  void wrongParametersAreNamed() {
    assertThat(fields(rest.get("/api/probe/number/x"))).containsExactly("number");
    assertThat(fields(rest.get("/api/probe/number/1?limit=x"))).containsExactly("limit");
    assertThat(fields(rest.get("/api/probe/required"))).containsExactly("q");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{} {}",
        "{}x",
        "{},",
        "{\"name\":\"\\ud800\"}",
        "{\"name\":\"\\udc00\\ud800\"}",
        "{\"\\ud800\":1}",
        "{\"name\":\"a\\u0000b\"}",
      })
  void jsonThatNobodyMeansIsRefused(String body) {
    assertProblem(rest.post("/api/probe", body), 400, "badRequest");
  }

  @Test
  void aPairOfSurrogatesIsOneCharacter() {
    Answer answer = rest.post("/api/probe", "{\"name\":\"\\ud83d\\ude00\"}");
    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.text("name")).isEqualTo("\uD83D\uDE00");
  }

  @Test
  void unknownAndRepeatedFieldsAreAccepted() {
    assertThat(rest.post("/api/probe", "{\"x\":[1],\"name\":\"a\",\"name\":\"b\"}").status())
        .isEqualTo(201);
  }

  @Test
  void otherMediaTypesAreRefused() {
    for (String type :
        List.of("???", "text/plain", "application/x-www-form-urlencoded", "text/xml")) {
      assertProblem(
          rest.call("POST", "/api/probe", "{}", "Content-Type", type), 415, "unsupportedMediaType");
    }
  }

  @Test
  void aBodyOverTheLimitIsRefused() {
    String body = "{\"name\":\"" + "x".repeat(2_000_000) + "\"}";
    assertProblem(rest.post("/api/probe", body), 413, "tooLarge");
  }

  @Test
  void headHasNoBody() {
    Answer missing = rest.call("HEAD", "/api/nothing", "");
    assertThat(missing.status()).isEqualTo(404);
    assertThat(missing.body()).isEmpty();
    assertThat(rest.call("HEAD", "/api/probe", "").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "garbage|400",
        "GET /api/a b HTTP/1.1|400",
        "GET /api/%zz HTTP/1.1|400",
        "GET /api/probe HTTP/1.1~Host: x~Bad Header: y|400",
        "GET /api/probe HTTP/1.1~Host: x~Content-Length: -1|400",
        "GET /api/probe HTTP/1.1~Host: x~Long: #|413",
        "GET /api/# HTTP/1.1~Host: x|413",
      })
  void whatIsNoHttpGetsAProblemToo(String head, int status) throws IOException {
    String request = head.replace("#", "y".repeat(20_000)).replace("~", "\r\n") + "\r\n\r\n";
    try (Socket socket = new Socket("127.0.0.1", node.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      byte[] buffer = new byte[4096];
      StringBuilder answer = new StringBuilder();
      while (answer.indexOf("\"code\":") < 0) {
        int read = socket.getInputStream().read(buffer);
        assertThat(read).describedAs("ended after %s", answer).isPositive();
        answer.append(new String(buffer, 0, read, StandardCharsets.UTF_8));
      }
      assertThat(answer.toString())
          .contains(" " + status + " ")
          .contains("application/problem+json");
    }
  }

  private static void assertProblem(Answer answer, int status, String code) {
    assertThat(answer.status()).describedAs(answer.body()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.json())
        .containsEntry("type", "urn:crewline:error:" + code)
        .containsEntry("status", status)
        .containsEntry("code", code)
        .containsKeys("title", "detail");
  }

  private static List<Object> fields(Answer answer) {
    return ((List<?>) answer.json().getOrDefault("errors", List.of()))
        .stream().<Object>map(error -> String.valueOf(((Map<?, ?>) error).get("field"))).toList();
  }
}
