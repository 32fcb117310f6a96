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
import org.yaml.snakeyaml.Yaml;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ServiceDocumentsTest {
  private final Crewline node = TestNode.start();
  private final Rest rest = new Rest(node);

  @AfterAll
  void stop() {
    node.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health", "/health/liveness", "/health/readiness"})
  void healthIsUpForEveryone(String path) {
    Answer answer = rest.get(path);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text("status")).isEqualTo("UP");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health", "/health/liveness", "/health/readiness"})
  void healthTellsNothingAboutTheMachine(String path) {
    assertThat(rest.get(path).body())
        .doesNotContain("jdbc")
        .doesNotContain("postgres")
        .doesNotContain("127.0.0.1")
        .doesNotContain("diskSpace")
        .doesNotContain("iscovery");
  }

  @Test
  void onlyReadinessAsksTheDatabase() {
    assertThat(rest.get("/health/readiness").body()).contains("\"database\"");
    assertThat(rest.get("/health/liveness").body()).doesNotContain("\"database\"");
  }

  @Test
  void metricsAreThereForEveryone() {
    rest.get("/api/probe");
    Answer answer = rest.get("/prometheus");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).startsWith("text/plain");
    assertThat(answer.body())
        .contains("jvm_memory_used_bytes")
        .contains("hikaricp_connections_active")
        .contains("http_server_requests_seconds_count");
  }

  @Test
  void theOpenApiDocumentDescribesErrorsAndSecurity() {
    Answer answer = rest.get("/openapi.yml", "Accept", "text/html,*/*;q=0.8");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("application/yaml");
    Map<String, Object> document = new Yaml().load(answer.body());
    assertThat(String.valueOf(document.get("openapi"))).startsWith("3.");
    assertThat(String.valueOf(document.get("components")))
        .contains("bearer")
        .contains("Problem")
        .contains("IdempotencyKey");
    Map<?, ?> paths = (Map<?, ?>) document.getOrDefault("paths", Map.of());
    assertThat(paths).isNotEmpty();
    paths.forEach(
        (path, operations) ->
            assertThat(String.valueOf(operations))
                .describedAs("%s", path)
                .contains("default={$ref=#/components/responses/Problem}"));
    assertThat(String.valueOf(paths)).doesNotContain("schemas/Identity");
  }

  @Test
  void theOpenApiDocumentIsSentOnceToThoseWhoKnowIt() {
    String tag = rest.get("/openapi.yml").header("ETag");
    Answer again = rest.get("/openapi.yml", "If-None-Match", tag);
    assertThat(tag).isNotEmpty();
    assertThat(again.status()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(rest.get("/openapi.yml", "If-None-Match", "\"other\"").status()).isEqualTo(200);
  }
}
