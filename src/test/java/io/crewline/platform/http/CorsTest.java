package io.crewline.platform.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CorsTest {
  private static final String ALLOWED = "https://app.example.com";
  private static final String CREDENTIALS = "Access-Control-Allow-Credentials";

  private final Crewline node = TestNode.start(Map.of("CREWLINE_CORS_ORIGINS", ALLOWED));
  private final Rest rest = new Rest(node, "Probe-User", "ada");
  private final Rest stranger = new Rest(node);

  @AfterAll
  void stop() {
    node.close();
  }

  @Test
  void aPreflightOfAnAllowedOriginIsAnswered() {
    Answer answer = preflight("/api/probe/secret", ALLOWED);
    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(ALLOWED);
    assertThat(answer.header("Access-Control-Allow-Methods")).contains("PATCH");
    assertThat(answer.header("Access-Control-Allow-Headers"))
        .isEqualTo("authorization,content-type,idempotency-key");
    assertThat(answer.header("Access-Control-Max-Age")).isNotEmpty();
    assertThat(answer.header("Vary")).contains("Origin");
  }

  @Test
  void aPreflightOfAnotherOriginIsRefused() {
    Answer answer = preflight("/api/probe", "https://evil.example");
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/api/probe", "/api/probe/secret", "/api/nothing", "/api/probe/fail/limited"})
  void anAllowedPageReadsEveryAnswerErrorsIncluded(String path) {
    Answer answer = stranger.get(path, "Origin", ALLOWED);
    assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(ALLOWED);
    assertThat(answer.header("Access-Control-Expose-Headers")).contains("Retry-After");
  }

  @Test
  void credentialsAreForPagesThatTheSettingsName() {
    assertThat(rest.get("/api/probe", "Origin", ALLOWED).header(CREDENTIALS)).isEqualTo("true");
    assertThat(preflight("/api/probe", ALLOWED).header(CREDENTIALS)).isEqualTo("true");
    String own = "http://127.0.0.1:" + node.port();
    assertThat(rest.get("/api/probe", "Origin", own).header(CREDENTIALS)).isEqualTo("true");
  }

  @Test
  void whereAnyPageMayCallNoneMaySendCredentials() {
    String origins = ALLOWED + ",*";
    try (Crewline open = TestNode.start(Map.of("CREWLINE_CORS_ORIGINS", origins))) {
      Rest any = new Rest(open);
      for (String origin : new String[] {"https://evil.example", "null", ALLOWED}) {
        for (Answer answer :
            new Answer[] {
              any.get("/health", "Origin", origin),
              any.get("/api/me", "Origin", origin),
              any.call(
                  "OPTIONS",
                  "/api/me",
                  "",
                  "Origin",
                  origin,
                  "Access-Control-Request-Method",
                  "POST")
            }) {
          assertThat(answer.header("Access-Control-Allow-Origin")).as(origin).isEqualTo("*");
          assertThat(answer.header(CREDENTIALS)).as(origin).isEmpty();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/probe", "/api/nothing"})
  void anotherPageGetsNoCorsHeader(String path) {
    Answer answer = rest.get(path, "Origin", "https://evil.example");
    assertThat(answer.response().headers().map().keySet())
        .noneMatch(name -> name.startsWith("access-control"));
    assertThat(answer.header("Vary")).contains("Origin");
  }

  @Test
  void optionsListsTheMethods() {
    Answer answer = rest.call("OPTIONS", "/api/probe", "");
    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.header("Allow").split(",")).contains("GET", "POST", "OPTIONS");
    assertThat(rest.call("OPTIONS", "/api/nothing", "").status()).isEqualTo(404);
  }

  @Test
  void aTrailingSlashIsAccepted() {
    assertThat(rest.get("/api/probe/").status()).isEqualTo(200);
    assertThat(rest.get("/api/probe/number/1/").status()).isEqualTo(200);
    assertThat(rest.get("/api/probe/number/1/?limit=2").body()).isEqualTo("3");
    assertThat(rest.post("/api/probe/", "{}").status()).isEqualTo(201);
    assertThat(stranger.get("/api/probe/secret/").status()).isEqualTo(401);
    assertThat(rest.get("/health/").status()).isEqualTo(200);
    assertThat(rest.get("/health/readiness/").status()).isEqualTo(200);
  }

  @Test
  void everyAnswerCarriesTheSecurityHeaders() {
    for (String path : new String[] {"/api/probe", "/api/nothing", "/health"}) {
      Answer answer = rest.get(path);
      assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(answer.header("X-Frame-Options")).isEqualTo("SAMEORIGIN");
      assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
    }
    assertThat(rest.get("/api/probe").header("Cache-Control")).isEqualTo("no-store");
  }

  private Answer preflight(String path, String origin) {
    return stranger.call(
        "OPTIONS",
        path,
        "",
        "Origin",
        origin,
        "Access-Control-Request-Method",
        "POST",
        "Access-Control-Request-Headers",
        "authorization,content-type,idempotency-key");
  }
}
