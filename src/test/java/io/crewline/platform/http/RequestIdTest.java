package io.crewline.platform.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.crewline.Crewline;
import io.crewline.testing.RawSocket;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RequestIdTest {
  private static final String ID = "X-Request-Id";
  private static final String NEW = "[A-Za-z0-9_-]{22}";

  private final Crewline node = TestNode.start();
  private final Rest rest = new Rest(node, "Probe-User", "ada");

  @AfterAll
  void stop() {
    node.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /api/probe, 200",
    "GET, /health/liveness, 200",
    "GET, /openapi.yml, 200",
    "OPTIONS, /api/probe, 204",
    "GET, /api/nothing, 404",
    "DELETE, /api/probe, 405",
    "GET, /api/probe/number/x, 400",
    "GET, /api/probe/denied, 403",
    "GET, /api/probe/fail/limited, 429",
    "GET, /api/probe/fail/error, 500",
    "GET, /ws, 426",
  })
  void everyAnswerHasAnId(String method, String path, int status) {
    Answer made = rest.call(method, path, "");
    assertThat(made.status()).isEqualTo(status);
    assertThat(made.header(ID)).matches(NEW);
    assertThat(made.response().headers().allValues(ID)).hasSize(1);
    assertThat(rest.call(method, path, "").header(ID)).isNotEqualTo(made.header(ID));
    assertThat(rest.call(method, path, "", ID, "mine-1").header(ID)).isEqualTo("mine-1");
  }

  @Test
  void preflightsAndForeignOriginsHaveOneToo() {
    String[] preflight = {"Origin", "http://evil.test", "Access-Control-Request-Method", "GET"};
    assertThat(rest.call("OPTIONS", "/api/probe", "", preflight).header(ID)).matches(NEW);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "has space", "quo\"te", "semi;colon", "<b>", "a,b", "ä", "{}", "%0d%0aX: y"})
  void anIllFormedIdIsReplaced(String id) {
    assertThat(rest.get("/api/probe", ID, id).header(ID)).matches(NEW);
  }

  @Test
  void anIdMayBe128CharactersLong() {
    assertThat(rest.get("/api/probe", ID, "x".repeat(128)).header(ID)).isEqualTo("x".repeat(128));
    assertThat(rest.get("/api/probe", ID, "x".repeat(129)).header(ID)).matches(NEW);
    assertThat(rest.get("/api/probe", ID, "00-4bf92f/3577:a_b.c=@+", "X-Other", "1").header(ID))
        .isEqualTo("00-4bf92f/3577:a_b.c=@+");
  }

  @Test
  void severalIdsAreNone() {
    try (RawSocket raw = RawSocket.open(node.port())) {
      RawSocket.Answer answer =
          raw.request(
              List.of("GET /api/nothing HTTP/1.1", "Host: localhost", ID + ": a", ID + ": b"));
      assertThat(answer.headers().get("x-request-id")).matches(NEW);
    }
  }

  @Test
  void answersOfOneConnectionKeepTheirIdsApart() {
    StringBuilder requests = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      requests.append("GET /api/nothing HTTP/1.1\r\nHost: localhost\r\n");
      requests.append(ID).append(": id-").append(i).append("\r\n\r\n");
    }
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.send(requests.toString().getBytes(StandardCharsets.UTF_8));
      for (int i = 0; i < 20; i++) {
        assertThat(raw.readAnswer().headers()).containsEntry("x-request-id", "id-" + i);
      }
    }
  }

  @Test
  void whatIsNoHttpAndWhatIsUpgradedHaveOne() {
    try (RawSocket raw = RawSocket.open(node.port())) {
      assertThat(raw.request(List.of("garbage")).headers().get("x-request-id")).matches(NEW);
    }
    try (RawSocket raw = RawSocket.open(node.port())) {
      RawSocket.Answer answer = raw.request(RawSocket.upgrade(ID + ": up"));
      assertThat(answer.status()).isEqualTo(101);
      assertThat(answer.headers()).containsEntry("x-request-id", "up");
    }
  }

  @Test
  void theLogAndTheReferenceOfAFaultNameTheId() {
    Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    root.addAppender(log);
    try {
      Answer answer = rest.get("/api/probe/fail/exception", ID, "traced-7");
      assertThat(answer.text("detail")).endsWith("reference traced-7");
    } finally {
      root.detachAppender(log);
    }
    assertThat(log.list)
        .filteredOn(event -> event.getFormattedMessage().contains("traced-7"))
        .isNotEmpty()
        .allSatisfy(
            event ->
                assertThat(event.getMDCPropertyMap()).isEqualTo(Map.of("requestId", "traced-7")));
  }
}
