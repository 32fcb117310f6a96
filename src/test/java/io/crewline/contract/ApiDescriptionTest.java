package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.crewline.Crewline;
import io.crewline.contract.RestJudge.Operation;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code /openapi.yml} describes everything, with examples that fit. */
final class ApiDescriptionTest {
  private static Crewline node;
  private static ApiDocument document;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    document = ApiDocument.load(node, "/openapi.yml");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void everyOperationIsDescribedWithExamplesThatFitTheirSchemas() {
    List<String> faults = new ArrayList<>();
    for (Operation operation : new RestJudge(node, document).operations()) {
      JsonNode found = operation.node();
      for (String text : List.of("operationId", "summary", "description")) {
        if (found.path(text).asText().isBlank()) {
          faults.add(operation.path() + " has no " + text);
        }
      }
      if (operation.hasBody()) {
        checkContent(operation.id() + " request", found.path("requestBody"), faults);
      }
      JsonNode responses = found.path("responses");
      for (String status : ApiDocument.fieldNames(responses)) {
        JsonNode answer = document.resolve(responses.path(status));
        if (!status.equals("204")) {
          checkContent(operation.id() + " " + status, answer, faults);
        }
      }
      for (JsonNode parameter : found.path("parameters")) {
        JsonNode one = document.resolve(parameter);
        String what = operation.id() + " " + one.path("name").asText();
        if (one.path("description").asText().isBlank()) {
          faults.add(what + " has no description");
        }
        check(what, one.path("schema"), one.path("example"), faults);
      }
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void examplesOfSchemasFitThem() {
    List<String> faults = new ArrayList<>();
    JsonNode schemas = document.root().at("/components/schemas");
    for (String name : ApiDocument.fieldNames(schemas)) {
      JsonNode example = schemas.path(name).path("example");
      if (!example.isMissingNode()) {
        check(name, schemas.path(name), example, faults);
      }
    }
    assertThat(faults).isEmpty();
    assertThat(ApiDocument.fieldNames(schemas))
        .noneMatch(name -> name.contains("."))
        .doesNotContain("Identity");
  }

  private static void checkContent(String what, JsonNode holder, List<String> faults) {
    JsonNode content = holder.path("content");
    if (content.isEmpty()) {
      faults.add(what + " has no content");
    }
    for (String type : ApiDocument.fieldNames(content)) {
      if (!type.endsWith("json")) {
        continue;
      }
      JsonNode named = content.path(type).path("examples").path("example").path("value");
      JsonNode example = content.path(type).path("example");
      check(
          what,
          content.path(type).path("schema"),
          example.isMissingNode() ? named : example,
          faults);
    }
  }

  private static void check(String what, JsonNode schema, JsonNode example, List<String> faults) {
    if (example.isMissingNode()) {
      faults.add(what + " has no example");
      return;
    }
    document
        .faults(schema, example)
        .forEach(fault -> faults.add(what + ": the example does not fit: " + fault));
  }
}
