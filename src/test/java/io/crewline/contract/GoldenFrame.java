package io.crewline.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Frames with everything that differs from run to run replaced by the values that the files in
 * {@code protocol} have: times, epochs, the ids of session and login, and message ids, and those of
 * notifications, counted from 1 in the order in which they are first seen.
 */
final class GoldenFrame {
  private static final String TIME = "2026-03-01T12:00:00.120Z";
  private static final String EPOCH = "4f1c2a9be07d";

  private final Map<Long, Long> ids = new HashMap<>();
  private final Map<Long, Long> notificationIds = new HashMap<>();

  /** The frame as its file should have it. */
  String normalised(JsonNode frame) {
    return normalise("", frame.deepCopy(), false).toString();
  }

  static String file(String name) {
    try (InputStream file = GoldenFrame.class.getResourceAsStream("/protocol/" + name + ".json")) {
      if (file == null) {
        return "there is no file of that name";
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode normalise(String field, JsonNode node, boolean inMessage) {
    if (node instanceof ObjectNode object) {
      boolean isMessage = object.has("text") && object.has("channel");
      if (object.has("kind") && object.has("readAt")) {
        object.put("id", counted(notificationIds, object.path("id").longValue()));
      }
      for (String name : ApiDocument.fieldNames(object)) {
        object.set(name, normalise(name, object.path(name), isMessage));
      }
      return object;
    }
    if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        array.set(i, normalise(field, array.get(i), inMessage));
      }
      return array;
    }
    boolean isId =
        field.equals("messageId") || inMessage && (field.equals("id") || field.equals("replyTo"));
    if (node.isIntegralNumber() && isId) {
      return LongNode.valueOf(counted(ids, node.longValue()));
    }
    if (node.isIntegralNumber() && field.equals("ids")) {
      return LongNode.valueOf(counted(notificationIds, node.longValue()));
    }
    return node.isTextual() ? TextNode.valueOf(text(field, node.asText())) : node;
  }

  private static long counted(Map<Long, Long> known, long id) {
    return known.computeIfAbsent(id, unknown -> (long) known.size() + 1);
  }

  private static String text(String field, String text) {
    if (text.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z")) {
      return TIME;
    }
    if (field.equals("epoch")) {
      return EPOCH;
    }
    if (text.matches("[0-9a-f]{12,}:\\d+")) {
      return EPOCH + text.substring(text.indexOf(':'));
    }
    return switch (field) {
      case "sessionId" -> "Zq3vT1";
      case "login" -> "k9Qw2X";
      default -> text;
    };
  }
}
