package io.crewline.gateway.websocket;

import io.crewline.gateway.WireJson;
import io.crewline.platform.ApiException;
import io.crewline.realtime.Command;
import io.crewline.realtime.Fields;
import io.micronaut.core.type.Argument;
import io.micronaut.json.JsonMapper;
import io.micronaut.json.tree.JsonNode;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a message as a command. Thread-safe, without I/O. */
@Singleton
final class CommandReader {
  /** No command nests deeper than a few levels; a parser that recurses must not be led further. */
  private static final int MAX_DEPTH = 32;

  private static final int MAX_ID = 128;
  private static final int MAX_TYPE = 64;
  private static final String NO_ID = "null";
  private static final Fields NO_FIELDS = new Fields(JsonNode.createObjectNode(Map.of()));
  private static final Command UNNAMED = new Command(NO_ID, "", NO_FIELDS);
  private static final Argument<JsonNode> NODE = Argument.of(JsonNode.class);

  private final JsonMapper mapper;

  CommandReader(JsonMapper mapper) {
    this.mapper = mapper;
  }

  /** What a message turned out to be. */
  sealed interface Read {
    record Good(Command command) implements Read {}

    /** It has a {@code type} and cannot be handled; its reply goes to the id null. */
    record Faulty(Command command, ApiException fault) implements Read {}

    /** It is no JSON object or has no {@code type}: misuse, which is counted. */
    record NoCommand(Command unnamed, ApiException fault) implements Read {}
  }

  /**
   * @param message valid UTF-8
   */
  Read read(byte[] message) {
    JsonNode node;
    try {
      requireOneObject(message);
      node = parse(message);
    } catch (ApiException e) {
      return new Read.NoCommand(UNNAMED, e);
    }
    JsonNode type = node.get("type");
    if (type == null || type.isNull()) {
      return new Read.NoCommand(UNNAMED, ApiException.badField("type", "is required"));
    }
    if (!type.isString()
        || type.getStringValue().isEmpty()
        || type.getStringValue().length() > MAX_TYPE
        || hasLoneSurrogate(type.getStringValue())) {
      return new Read.Faulty(
          UNNAMED, ApiException.badField("type", "must be the name of a command"));
    }
    String name = type.getStringValue();
    try {
      return new Read.Good(new Command(id(node.get("id")), name, new Fields(node)));
    } catch (ApiException e) {
      return new Read.Faulty(new Command(NO_ID, name, NO_FIELDS), e);
    }
  }

  private JsonNode parse(byte[] message) {
    try {
      JsonNode node = mapper.readValue(message, NODE);
      if (node != null && node.isObject()) {
        return node;
      }
    } catch (IOException | RuntimeException e) {
      // The parser's own words name classes and buffers; ours are enough.
    }
    throw ApiException.badRequest("the frame is not valid JSON");
  }

  private static String id(@Nullable JsonNode id) {
    if (id == null || id.isNull()) {
      return NO_ID;
    }
    if (id.isNumber()
        && (id.getNumberValue() instanceof Integer || id.getNumberValue() instanceof Long)) {
      return id.getNumberValue().toString();
    }
    if (id.isString()
        && id.getStringValue().length() <= MAX_ID
        && !hasLoneSurrogate(id.getStringValue())) {
      StringBuilder text = new StringBuilder();
      WireJson.quote(text, id.getStringValue());
      return text.toString();
    }
    throw ApiException.badField(
        "id", "must be a text of at most " + MAX_ID + " characters or a whole number of 64 bits");
  }

  private static boolean hasLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i)) && WireJson.isLone(text, i)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Checks the outline in one pass without recursion: one object, nothing around it, not nested too
   * deeply. The parser would stop reading after the first value, and recurse for each level.
   */
  private static void requireOneObject(byte[] message) {
    int depth = 0;
    boolean ended = false;
    boolean inText = false;
    for (int i = 0; i < message.length; i++) {
      byte b = message[i];
      if (inText) {
        if (b == '\\') {
          i++;
        } else if (b == '"') {
          inText = false;
        }
      } else if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        if (ended || depth == 0 && b != '{') {
          throw ApiException.badRequest("a frame must be one JSON object");
        }
        switch (b) {
          case '"' -> inText = true;
          case '{', '[' -> {
            if (++depth > MAX_DEPTH) {
              throw ApiException.badRequest("the frame is nested too deeply");
            }
          }
          case '}', ']' -> ended = --depth == 0;
          default -> {}
        }
      }
    }
    if (!ended) {
      throw ApiException.badRequest("a frame must be one JSON object");
    }
  }
}
