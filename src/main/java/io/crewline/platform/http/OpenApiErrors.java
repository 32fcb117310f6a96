package io.crewline.platform.http;

import io.crewline.platform.ErrorCode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Adds to the generated OpenAPI document what is true of every operation, so that no controller has
 * to repeat it: the errors that its kind can answer with, and the {@code Idempotency-Key} of POST.
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
              description: For programs; the detail is for people
              enum: [badRequest, unauthenticated, forbidden, notFound, confirmationNotFound, methodNotAllowed,
                notAcceptable, conflict, tooLarge, unsupportedMediaType, unprocessable,
                statusNotAllowed, rateLimited, internal, unavailable]
            errors:
              type: array
              description: The fields that break a rule; absent when no field is to blame
              minItems: 1
              items: {$ref: '#/components/schemas/FieldError'}
            retryAfterMs:
              type: integer
              description: Milliseconds after which the same call is worth repeating; absent where
                that does not apply
              minimum: 1
            current:
              type: object
              description: With `conflict` about a version, what it is now; else absent
            allowed:
              type: array
              description: With `statusNotAllowed`, the statuses that may follow; else absent
              items: {type: string}
        FieldError:
          type: object
          required: [field, message]
          properties:
            field: {type: string, example: 'members[0]'}
            message: {type: string, example: is required}
      parameters:
        IdempotencyKey:
          name: Idempotency-Key
          in: header
          description: Makes the call safe to repeat. Repeats within 24 hours get the first answer,
            with `Idempotency-Replayed` true; the same key with another body is refused (422).
            Printable ASCII.
          schema: {type: string, minLength: 1, maxLength: 255}
          example: 0c9a7f5e-order-17
      """;

  /** The errors that documented operations answer with, and when, unless they say it themselves. */
  private static final Map<ErrorCode, String> WHEN = new EnumMap<>(ErrorCode.class);

  static {
    WHEN.put(ErrorCode.BAD_REQUEST, "The input breaks a rule; `errors` names the fields. Fix it.");
    WHEN.put(ErrorCode.UNAUTHENTICATED, "No valid token. Get a new one and repeat.");
    WHEN.put(ErrorCode.FORBIDDEN, "The caller may not do this.");
    WHEN.put(ErrorCode.NOT_FOUND, "It does not exist, or the caller may not know that it exists.");
    WHEN.put(
        ErrorCode.CONFIRMATION_NOT_FOUND, "There is no such link: never was, expired, or revoked.");
    WHEN.put(ErrorCode.CONFLICT, "The present state does not allow it.");
    WHEN.put(ErrorCode.TOO_LARGE, "The body is over 1 MB.");
    WHEN.put(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "The body is not `application/json`.");
    WHEN.put(ErrorCode.UNPROCESSABLE, "The `Idempotency-Key` was used with another request.");
    WHEN.put(ErrorCode.RATE_LIMITED, "Too many of these. Repeat after `Retry-After` seconds.");
    WHEN.put(ErrorCode.UNAVAILABLE, "The database is away. Repeat after `Retry-After` seconds.");
  }

  private OpenApiErrors() {}

  static String complete(String document) {
    Map<String, Object> root = map(reader().load(document));
    Map<String, Object> components = child(root, "components");
    map(reader().load(SHARED))
        .forEach((kind, shared) -> child(components, kind).putAll(map(shared)));
    Map<String, Object> responses = child(components, "responses");
    responses.put("Problem", problem("Any other error.", ErrorCode.INTERNAL));
    WHEN.forEach((code, when) -> responses.put(name(code), problem(when, code)));
    Map<String, Object> schemas = child(components, "schemas");
    child(root, "paths").forEach((path, operations) -> completePath(path, operations, schemas));
    return writer().dump(root);
  }

  private static void completePath(String path, Object operations, Map<String, Object> schemas) {
    map(operations)
        .forEach(
            (method, operation) -> {
              if (operation instanceof Map<?, ?> found && found.containsKey("responses")) {
                completeOperation(path, method, map(found));
                OpenApiOperations.complete(map(found), schemas);
              }
            });
  }

  private static void completeOperation(String path, String method, Map<String, Object> operation) {
    boolean withKey =
        method.equals("post")
            && path.startsWith("/api/")
            && !path.startsWith("/api/token")
            && !isLink(path);
    List<Object> parameters = new ArrayList<>();
    if (operation.get("parameters") instanceof List<?> own) {
      parameters.addAll(own);
    }
    Map<String, Object> responses = child(operation, "responses");
    if (path.startsWith("/api/token") || isLink(path)) {
      operation.put("security", List.of());
    }
    boolean checked = parameters.stream().anyMatch(OpenApiErrors::isChecked);
    for (ErrorCode code : errors(operation, path, withKey, checked)) {
      responses.putIfAbsent(
          Integer.toString(code.status()), Map.of("$ref", "#/components/responses/" + name(code)));
    }
    WHEN.keySet().stream()
        .filter(code -> code != ErrorCode.CONFIRMATION_NOT_FOUND) // only ever by reference
        .forEach(code -> completeAnswer(responses, code));
    responses.putIfAbsent("default", Map.of("$ref", "#/components/responses/Problem"));
    operation.put("responses", new TreeMap<>(responses));
    if (withKey) {
      parameters.add(Map.of("$ref", "#/components/parameters/IdempotencyKey"));
    }
    if (parameters.isEmpty()) {
      operation.remove("parameters");
    } else {
      operation.put("parameters", parameters);
    }
  }

  /** Whether a wrong value is refused; an id or username that cannot be is just not found. */
  private static boolean isChecked(Object parameter) {
    return !List.of("id", "imageId", "deliveryId", "username", "token", "taskId", "If-Match")
        .contains(String.valueOf(map(parameter).get("name")));
  }

  /** What every operation of its kind may answer with. */
  private static List<ErrorCode> errors(
      Map<String, Object> operation, String path, boolean withKey, boolean checked) {
    List<ErrorCode> errors = new ArrayList<>(List.of(ErrorCode.UNAVAILABLE));
    boolean withBody = operation.containsKey("requestBody");
    if (withBody || withKey || checked) {
      errors.add(ErrorCode.BAD_REQUEST);
    }
    if (withBody) {
      errors.add(ErrorCode.TOO_LARGE);
      errors.add(ErrorCode.UNSUPPORTED_MEDIA_TYPE);
    }
    if (withKey) {
      errors.add(ErrorCode.CONFLICT);
      errors.add(ErrorCode.UNPROCESSABLE);
    }
    if (isLink(path)) {
      errors.add(ErrorCode.CONFIRMATION_NOT_FOUND);
      errors.add(ErrorCode.RATE_LIMITED);
    } else if (path.contains("{") || path.equals("/api/events")) {
      errors.add(ErrorCode.NOT_FOUND);
    }
    if (!List.of().equals(operation.get("security"))) {
      errors.add(ErrorCode.UNAUTHENTICATED);
    }
    return errors;
  }

  private static boolean isLink(String path) {
    return path.startsWith("/api/confirm/");
  }

  /** An error that an operation describes in words of its own has the same body as all others. */
  private static void completeAnswer(Map<String, Object> responses, ErrorCode code) {
    if (responses.get(Integer.toString(code.status())) instanceof Map<?, ?> answer
        && !answer.containsKey("$ref")) {
      Map<String, Object> common = problem(String.valueOf(answer.get("description")), code);
      map(answer).putAll(common);
    }
  }

  private static Map<String, Object> problem(String description, ErrorCode code) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("description", description);
    switch (code) {
      case RATE_LIMITED, UNAVAILABLE ->
          answer.put("headers", header("Retry-After", "Seconds to wait", "integer"));
      case UNAUTHENTICATED ->
          answer.put("headers", header("WWW-Authenticate", "Always `Bearer`", "string"));
      default -> {}
    }
    Map<String, Object> example = new LinkedHashMap<>();
    Problem problem = ProblemResponses.ofCode(code);
    example.put("type", problem.type());
    example.put("title", problem.title());
    example.put("status", problem.status());
    example.put("detail", problem.detail());
    example.put("code", problem.code());
    if (code == ErrorCode.BAD_REQUEST) {
      example.put("detail", "limit: 500 (expected: 1 to 200)");
      example.put(
          "errors", List.of(Map.of("field", "limit", "message", "500 (expected: 1 to 200)")));
    }
    if (code == ErrorCode.RATE_LIMITED) {
      example.put("retryAfterMs", 1000);
    }
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("schema", Map.of("$ref", "#/components/schemas/Problem"));
    content.put("example", example);
    answer.put("content", Map.of(Problem.MEDIA_TYPE, content));
    return answer;
  }

  private static Map<String, Object> header(String name, String description, String type) {
    return Map.of(name, Map.of("description", description, "schema", Map.of("type", type)));
  }

  private static String name(ErrorCode code) {
    return Character.toUpperCase(code.code().charAt(0)) + code.code().substring(1);
  }

  private static Map<String, Object> child(Map<String, Object> parent, String name) {
    return map(parent.computeIfAbsent(name, missing -> new LinkedHashMap<>()));
  }

  @SuppressWarnings("unchecked") // YAML mappings of an OpenAPI document have text keys
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  /** Reads times as the texts that they are in JSON. */
  private static Yaml reader() {
    Resolver resolver =
        new Resolver() {
          @Override
          public void addImplicitResolver(Tag tag, Pattern regexp, String first, int limit) {
            if (!tag.equals(Tag.TIMESTAMP)) {
              super.addImplicitResolver(tag, regexp, first, limit);
            }
          }
        };
    LoaderOptions options = new LoaderOptions();
    return new Yaml(
        new SafeConstructor(options),
        new Representer(new DumperOptions()),
        new DumperOptions(),
        options,
        resolver);
  }

  private static Yaml writer() {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setIndent(2);
    return new Yaml(
        new SafeConstructor(new LoaderOptions()), new PlainRepresenter(options), options);
  }

  /** Writes what is used in several places out in each: no anchors, which few readers expect. */
  private static final class PlainRepresenter extends Representer {
    PlainRepresenter(DumperOptions options) {
      super(options);
    }

    @Override
    protected Node representSequence(Tag tag, Iterable<?> sequence, DumperOptions.FlowStyle style) {
      return forget(super.representSequence(tag, sequence, style));
    }

    @Override
    protected Node representMapping(Tag tag, Map<?, ?> mapping, DumperOptions.FlowStyle style) {
      return forget(super.representMapping(tag, mapping, style));
    }

    private Node forget(Node node) {
      representedObjects.clear();
      return node;
    }
  }
}
