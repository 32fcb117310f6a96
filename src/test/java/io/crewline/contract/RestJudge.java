package io.crewline.contract;

import com.fasterxml.jackson.databind.JsonNode;
import io.crewline.Crewline;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Makes REST calls and holds each answer against the OpenAPI document of the node. */
final class RestJudge {
  /** What stands in JSON as a time, and how it must. */
  static final Pattern TIMES = Pattern.compile("(?<=\")\\d{4}-\\d\\d-\\d\\dT\\d\\d:[^\"]*(?=\")");

  static final Pattern MILLISECONDS = Pattern.compile("[^.]*:\\d\\d\\.\\d{3}Z");
  private final Rest rest;
  private final ApiDocument document;
  private final Map<String, Operation> operations = new LinkedHashMap<>();
  private final Set<String> seen = new TreeSet<>();
  private final Set<String> parameters = new TreeSet<>();
  private final Set<String> codes = new TreeSet<>();
  private final List<String> faults = new ArrayList<>();

  /** An operation of the document; {@code id} is its operationId. */
  record Operation(String id, String method, String path, JsonNode node) {
    boolean matches(String calledMethod, String calledPath) {
      String template = path.replaceAll("\\{[^}]+}", "\\\\E[^/]+\\\\Q");
      String plain = calledPath.replaceAll("[?].*", "");
      return method.equals(calledMethod) && Pattern.matches("\\Q" + template + "\\E", plain);
    }

    boolean hasBody() {
      return node.has("requestBody");
    }

    boolean isUpload() {
      return node.at("/requestBody/content").has("multipart/form-data");
    }
  }

  RestJudge(Crewline node, ApiDocument document) {
    this.rest = new Rest(node);
    this.document = document;
    JsonNode paths = document.root().path("paths");
    for (String path : ApiDocument.fieldNames(paths)) {
      for (String method : ApiDocument.fieldNames(paths.path(path))) {
        JsonNode found = paths.path(path).path(method);
        String id = found.path("operationId").asText();
        operations.put(id, new Operation(id, method.toUpperCase(Locale.ROOT), path, found));
      }
    }
  }

  /** A call; headers are names and values in turn. The answer is judged and handed on. */
  Answer call(String method, String path, String body, String... headers) {
    return judge(method, path, body, rest.call(method, path, body, headers));
  }

  /** A call whose body is no text. */
  Answer call(String method, String path, byte[] body, String... headers) {
    return judge(method, path, "", rest.call(method, path, body, headers));
  }

  /** A call of what is no operation: the answer must be a problem. */
  Answer refused(String method, String path, String... headers) {
    Answer answer = rest.call(method, path, "", headers);
    JsonNode problem = ApiDocument.parse(answer.body());
    document
        .faults(document.root().at("/components/schemas/Problem"), problem)
        .forEach(fault -> faults.add(method + " " + path + ": " + fault));
    codes.add(problem.path("code").asText());
    return answer;
  }

  private synchronized Answer judge(String method, String path, String body, Answer answer) {
    Operation operation =
        operations.values().stream()
            .filter(candidate -> candidate.matches(method, path))
            .findFirst()
            .orElseThrow(() -> new AssertionError(method + " " + path + " is not documented"));
    String what = operation.id() + " " + answer.status();
    seen.add(what);
    if (answer.status() < 300) {
      for (String pair : path.replaceAll("^[^?]*[?]?", "").split("&")) {
        parameters.add(operation.id() + " " + pair.replaceAll("=.*", ""));
      }
    } else if (answer.header("Content-Type").startsWith("application/problem+json")) {
      codes.add(ApiDocument.parse(answer.body()).path("code").asText());
    }
    String status = Integer.toString(answer.status());
    JsonNode described = operation.node().path("responses").path(status);
    if (described.isMissingNode()) {
      faults.add(what + ": the status is not documented; " + answer.body());
    } else {
      JsonNode resolved = document.resolve(described);
      judge(what, resolved.path("content"), answer);
      for (String header : ApiDocument.fieldNames(resolved.path("headers"))) {
        if (answer.header(header).isEmpty()) {
          faults.add(what + ": no header " + header);
        }
      }
    }
    if (answer.status() < 300 && !body.isEmpty()) {
      JsonNode schema =
          operation.node().at("/requestBody/content").path("application/json").path("schema");
      document
          .faults(schema, ApiDocument.parse(body))
          .forEach(fault -> faults.add(what + ": accepted " + body + " although " + fault));
    }
    return answer;
  }

  private void judge(String what, JsonNode content, Answer answer) {
    String type = answer.header("Content-Type").replaceAll(";.*", "");
    if (type.startsWith("image/") && content.has("image/*")) {
      return;
    }
    TIMES
        .matcher(answer.body())
        .results()
        .map(MatchResult::group)
        .filter(time -> !MILLISECONDS.matcher(time).matches())
        .forEach(time -> faults.add(what + ": a time without three digits: " + time));
    if (content.isEmpty()) {
      if (!answer.body().isEmpty()) {
        faults.add(what + ": a body that is not documented: " + answer.body());
      }
    } else if (!content.has(type)) {
      faults.add(what + ": the media type '" + type + "' is not documented");
    } else {
      document
          .faults(content.path(type).path("schema"), ApiDocument.parse(answer.body()))
          .forEach(fault -> faults.add(what + ": " + fault + " in " + answer.body()));
    }
  }

  Iterable<Operation> operations() {
    return operations.values();
  }

  List<String> faults() {
    return faults;
  }

  /** Operation and name of every query parameter that was in no successful call. */
  List<String> missingParameters() {
    List<String> missing = new ArrayList<>();
    for (Operation operation : operations.values()) {
      for (JsonNode parameter : operation.node().path("parameters")) {
        JsonNode one = document.resolve(parameter);
        String what = operation.id() + " " + one.path("name").asText();
        if (one.path("in").asText().equals("query") && !parameters.contains(what)) {
          missing.add(what);
        }
      }
    }
    return missing;
  }

  /** Codes of the catalogue that no answer had. */
  List<String> missingCodes() {
    List<String> missing = new ArrayList<>();
    document
        .root()
        .at("/components/schemas/Problem/properties/code/enum")
        .forEach(code -> missing.add(code.asText()));
    missing.removeAll(codes);
    return missing;
  }

  /** Operation and status of every documented answer that was not seen. */
  List<String> missing() {
    List<String> missing = new ArrayList<>();
    for (Operation operation : operations.values()) {
      for (String status : ApiDocument.fieldNames(operation.node().path("responses"))) {
        if (!status.equals("default") && !seen.contains(operation.id() + " " + status)) {
          missing.add(operation.id() + " " + status);
        }
      }
    }
    return missing;
  }
}
