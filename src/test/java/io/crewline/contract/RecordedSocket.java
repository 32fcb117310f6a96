package io.crewline.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crewline.testing.SocketClient;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** A socket whose commands and frames are all handed to a judge. */
final class RecordedSocket implements AutoCloseable {
  private final SocketClient client;
  private final FrameJudge judge;
  private int lastId;

  RecordedSocket(SocketClient client, FrameJudge judge) {
    this.client = client.answerPings(false);
    this.judge = judge;
  }

  /** Sends a command by its type and fields in turn; returns its reply, judged. */
  JsonNode call(String type, Object... namesAndValues) {
    Map<String, Object> command = new LinkedHashMap<>();
    command.put("id", ++lastId);
    command.put("type", type);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      Object value = namesAndValues[i + 1];
      command.put((String) namesAndValues[i], value instanceof JsonNode ? plain(value) : value);
    }
    JsonNode reply = ApiDocument.tree(client.call(command));
    judge.reply(ApiDocument.tree(command), reply);
    return reply;
  }

  private static Object plain(Object value) {
    JsonNode node = (JsonNode) value;
    return node.isNumber() ? (Object) node.longValue() : node.asText();
  }

  /** Sends a command that gets no reply. */
  void tell(String type) {
    ObjectNode command = (ObjectNode) ApiDocument.parse("{}");
    command.put("type", type);
    judge.silent(command);
    client.sendText(command.toString());
  }

  /** Sends something that is no command; its reply comes without an id. */
  JsonNode misuse(String text) {
    client.sendText(text);
    JsonNode reply = ApiDocument.tree(client.await("error"));
    judge.malformed(reply);
    return reply;
  }

  /** Waits for an event or notice. */
  JsonNode await(String type) {
    return await(type, frame -> true);
  }

  /** Waits for an event or notice that matches. */
  JsonNode await(String type, Predicate<JsonNode> matches) {
    JsonNode frame =
        ApiDocument.tree(
            client.await(
                type,
                found -> type.equals(found.get("type")) && matches.test(ApiDocument.tree(found))));
    judge.pushed(frame);
    return frame;
  }

  /** Judges what came and was not waited for. */
  @Override
  public void close() {
    List<Map<String, Object>> rest = client.received();
    rest.forEach(frame -> judge.pushed(ApiDocument.tree(frame)));
    client.close();
  }
}
