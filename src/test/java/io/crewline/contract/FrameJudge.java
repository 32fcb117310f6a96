package io.crewline.contract;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;

/** Holds frames against the AsyncAPI document. Thread-safe. */
final class FrameJudge {
  private final ApiDocument document;
  private final Set<String> seen = new TreeSet<>();
  private final Set<String> codes = new TreeSet<>();
  private final List<String> faults = new ArrayList<>();

  FrameJudge(ApiDocument document) {
    this.document = document;
  }

  /** A command that was sent, and its reply. */
  synchronized void reply(JsonNode command, JsonNode reply) {
    String type = command.path("type").asText();
    JsonNode operation = document.root().path("operations").path(type);
    boolean refused = reply.path("type").asText().equals("error");
    if (operation.isMissingNode()) {
      // Only such a command may be unknown.
      if (!reply.at("/error/code").asText().equals("unknownCommand")) {
        faults.add(type + " is not documented and was answered: " + reply);
      }
      check("error", reply);
      return;
    }
    List<String> faultsOfCommand = document.faults(payload(type), command);
    if (!refused) {
      faultsOfCommand.forEach(fault -> faults.add(type + ": accepted although " + fault));
      seen.add(type);
    }
    for (JsonNode possible : operation.at("/reply/messages")) {
      String name = nameOf(possible);
      if (payload(name).at("/properties/type/const").equals(reply.path("type"))) {
        check(name, reply);
        return;
      }
    }
    faults.add(type + ": no such reply is documented: " + reply);
  }

  /** A command without a reply. */
  synchronized void silent(JsonNode command) {
    check(command.path("type").asText(), command);
  }

  /** The reply to what is no command. */
  synchronized void malformed(JsonNode reply) {
    check("error", reply);
  }

  /** An event or notice. */
  synchronized void pushed(JsonNode frame) {
    String type = frame.path("type").asText();
    for (String kind : List.of("events", "ephemerals", "notices")) {
      for (JsonNode possible : document.root().at("/operations/" + kind + "/messages")) {
        String name = nameOf(possible);
        if (payload(name).at("/properties/type/const").asText().equals(type)) {
          check(name, frame);
          return;
        }
      }
    }
    faults.add("a frame that is not documented: " + frame);
  }

  private void check(String message, JsonNode frame) {
    seen.add(message);
    codes.add(frame.at("/error/code").asText());
    RestJudge.TIMES
        .matcher(frame.toString())
        .results()
        .map(MatchResult::group)
        .filter(time -> !RestJudge.MILLISECONDS.matcher(time).matches())
        .forEach(time -> faults.add(message + ": a time without three digits: " + time));
    document
        .faults(payload(message), frame)
        .forEach(fault -> faults.add(message + ": " + fault + " in " + frame));
  }

  JsonNode payload(String message) {
    JsonNode found = document.root().at("/components/messages").path(message);
    if (found.isMissingNode()) {
      throw new AssertionError("no message " + message);
    }
    return found.path("payload");
  }

  private static String nameOf(JsonNode reference) {
    String ref = reference.path("$ref").asText();
    return ref.substring(ref.lastIndexOf('/') + 1);
  }

  synchronized List<String> faults() {
    return List.copyOf(faults);
  }

  /** Error codes of the document that no reply had. */
  synchronized List<String> missingCodes() {
    List<String> missing = new ArrayList<>();
    document
        .root()
        .at("/components/schemas/Error/properties/code/enum")
        .forEach(code -> missing.add(code.asText()));
    missing.removeAll(codes);
    return missing;
  }

  /** Messages of the document that never came or went. */
  synchronized List<String> missing() {
    List<String> missing =
        new ArrayList<>(ApiDocument.fieldNames(document.root().at("/components/messages")));
    missing.removeAll(seen);
    return missing;
  }
}
