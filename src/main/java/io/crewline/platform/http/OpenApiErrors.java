package io.crewline.platform.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.representer.Representer;

/**
 * Adds to the generated OpenAPI document what is true of every operation, so that no controller has
 * to repeat it: the problem answer, and the {@code Idempotency-Key} of POST.
 */
final class OpenApiErrors {
  private static final String SHARED =
      """
      schemas:
        Problem:
          type: object
          description: A problem of RFC 9457.
          required: [type, title, status, detail, code]
          properties:
            type: {type: string, format: uri, example: 'urn:crewline:error:notFound'}
            title: {type: string, example: Not found}
            status: {type: integer, example: 404}
            detail: {type: string, description: What went wrong this time}
            code:
              type: string
              enum: [badRequest, unauthenticated, forbidden, notFound, methodNotAllowed,
                notAcceptable, conflict, tooLarge, unsupportedMediaType, unprocessable,
                rateLimited, internal, unavailable]
            errors:
              type: array
              items: {$ref: '#/components/schemas/FieldError'}
        FieldError:
          type: object
          required: [field, message]
          properties:
            field: {type: string, example: 'members[0]'}
            message: {type: string, example: is required}
      responses:
        Problem:
          description: Any error; 429 and 503 carry Retry-After in seconds.
          content:
            application/problem+json:
              schema: {$ref: '#/components/schemas/Problem'}
      parameters:
        IdempotencyKey:
          name: Idempotency-Key
          in: header
          description: Makes the call safe to repeat. Repeats within 24 hours get the first answer.
          schema: {type: string, minLength: 1, maxLength: 255}
      """;

  private OpenApiErrors() {}

  static String complete(String document) {
    Yaml yaml = yaml();
    Map<String, Object> root = map(yaml.load(document));
    Map<String, Object> components = child(root, "components");
    map(yaml.load(SHARED)).forEach((kind, shared) -> child(components, kind).putAll(map(shared)));
    child(root, "paths").forEach(OpenApiErrors::completePath);
    return yaml.dump(root);
  }

  private static void completePath(String path, Object operations) {
    map(operations)
        .forEach(
            (method, operation) -> {
              if (operation instanceof Map<?, ?> found && found.containsKey("responses")) {
                completeOperation(path, method, map(found));
              }
            });
  }

  private static void completeOperation(String path, String method, Map<String, Object> operation) {
    child(operation, "responses")
        .putIfAbsent("default", Map.of("$ref", "#/components/responses/Problem"));
    List<Object> parameters = new ArrayList<>();
    if (operation.get("parameters") instanceof List<?> own) {
      parameters.addAll(own);
    }
    if (method.equals("post") && path.startsWith("/api/") && !path.startsWith("/api/token")) {
      parameters.add(Map.of("$ref", "#/components/parameters/IdempotencyKey"));
    }
    if (parameters.isEmpty()) {
      operation.remove("parameters");
    } else {
      operation.put("parameters", parameters);
    }
  }

  private static Map<String, Object> child(Map<String, Object> parent, String name) {
    return map(parent.computeIfAbsent(name, missing -> new LinkedHashMap<>()));
  }

  @SuppressWarnings("unchecked") // YAML mappings of an OpenAPI document have text keys
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private static Yaml yaml() {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setIndent(2);
    return new Yaml(new SafeConstructor(new LoaderOptions()), new Representer(options), options);
  }
}
