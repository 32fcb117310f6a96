package io.crewline.platform.http;

import java.util.List;
import java.util.Map;

/**
 * Adds to one operation of the OpenAPI document what follows from its own words: the limits of
 * parameters that mean the same everywhere, and for each body the example of its schema.
 */
final class OpenApiOperations {
  private static final String PART = "[a-z0-9][a-z0-9_-]{0,63}";

  private OpenApiOperations() {}

  static void complete(Map<String, Object> operation, Map<String, Object> schemas) {
    if (operation.get("parameters") instanceof List<?> parameters) {
      parameters.forEach(parameter -> completeParameter(map(parameter)));
    }
    if (operation.get("requestBody") instanceof Map<?, ?> body) {
      addExamples(map(body), schemas);
    }
    map(operation.getOrDefault("responses", Map.of()))
        .values()
        .forEach(answer -> addExamples(map(answer), schemas));
  }

  private static void completeParameter(Map<String, Object> parameter) {
    if (!(parameter.get("schema") instanceof Map<?, ?> found)) {
      return;
    }
    Map<String, Object> schema = map(found);
    // A parameter is there or not; only JSON has null.
    schema.remove("nullable");
    switch (String.valueOf(parameter.get("name"))) {
      case "cid" -> {
        describe(parameter, "Type and id of the room with a colon between", "messaging:general");
        schema.put("pattern", "^" + PART + ":" + PART + "$");
      }
      case "username" -> {
        describe(parameter, "The name of the account", "ada");
        schema.put("pattern", "^" + PART + "$");
      }
      case "id", "before", "after", "around" ->
          describe(parameter, "The id of the message", schema.containsKey("format") ? 4711 : "");
      case "token" -> describe(parameter, "The token of the link", "Wm9x4bq0T2eKc1r7yQ5ZlA");
      case "taskId" -> describe(parameter, "The id of a task on the link", "17");
      case "limit" -> {
        if ("integer".equals(schema.get("type"))) {
          describe(parameter, "How many items a page has at most", 50);
          schema.put("minimum", 1);
          schema.put("maximum", 200);
        }
      }
      case "cursor" -> {
        describe(parameter, "`nextCursor` of the page before; absent for the first page", "YWRh");
        schema.put("maxLength", 300);
      }
      default -> {}
    }
  }

  private static void describe(Map<String, Object> parameter, String description, Object example) {
    parameter.putIfAbsent("description", description);
    if (!example.equals("")) {
      parameter.putIfAbsent("example", example);
    }
  }

  /** Where the schema of a JSON body has an example, the operation shows it too. */
  private static void addExamples(Map<String, Object> bodyOrAnswer, Map<String, Object> schemas) {
    if (!(bodyOrAnswer.get("content") instanceof Map<?, ?> content)) {
      return;
    }
    content
        .values()
        .forEach(
            media -> {
              if (map(media).get("schema") instanceof Map<?, ?> schema
                  && schema.get("$ref") instanceof String ref
                  && schemas.get(ref.substring(ref.lastIndexOf('/') + 1)) instanceof Map<?, ?> named
                  && named.containsKey("example")) {
                map(media).putIfAbsent("example", named.get("example"));
              }
            });
  }

  @SuppressWarnings("unchecked") // YAML mappings of an OpenAPI document have text keys
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }
}
