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
import org.jspecify.annotations.Nullable;

/** Reads a message as a command. Thread-safe, without I/O. */
@Singleton
final class CommandReader {
  /** No command nests deeper than a few levels; a parser that recurses must not be led further. */
  private static final int MAX_DEPTH = 32;

  private static final int MAX_ID = 128;
  private static final int MAX_TYPE = 64;
  private static final Argument<JsonNode> NODE = Argument.of(JsonNode.class);

  private final JsonMapper mapper;

  CommandReader(JsonMapper mapper) {
    this.mapper = mapper;
  }

  /**
   * @param message valid UTF-8
   * @throws ApiException BAD_REQUEST when it is no command; then its id is not known
   */
  Command read(byte[] message) {
    requireOneObject(message);
    JsonNode node = parse(message);
    JsonNode type = node.get("type");
    if (type == null || !type.isString() || type.getStringValue().isEmpty()) {
      throw ApiException.badField("type", "must be the name of a command");
    }
    String name = type.getStringValue();
    if (name.length() > MAX_TYPE || hasLoneSurrogate(name)) {
      throw ApiException.badField("type", "must be the name of a command");
    }
    return new Command(id(node.get("id")), name, new Fields(node));
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
      return "null";
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
