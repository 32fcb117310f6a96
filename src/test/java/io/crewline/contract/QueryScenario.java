package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.crewline.contract.RestJudge.Operation;
import io.crewline.platform.Database;
import io.crewline.testing.Rest.Answer;
import java.util.List;
import java.util.Map;

/** Each query parameter of each list, used as it is meant to be. */
final class QueryScenario extends RestScenario {
  QueryScenario(RestStage stage) {
    super(stage);
  }

  void everyParameter() {
    Map<String, String> paths = Map.of("{cid}", "messaging:contract", "{id}", hook());
    for (int i = 0; i < 2; i++) {
      expect(201, call(boss, "POST", "/api/systems", "{\"name\":\"Pump\"}"));
      expect(201, call(boss, "POST", "/api/tasks", "{\"title\":\"Seal\"}"));
      expect(201, call(dave, "POST", ROOM + "/messages", "{\"text\":\"@ada look\"}"));
    }
    for (Operation operation : judge.operations()) {
      String path = operation.path();
      for (Map.Entry<String, String> part : paths.entrySet()) {
        path = path.replace(part.getKey(), part.getValue());
      }
      for (JsonNode parameter : operation.node().path("parameters")) {
        if (parameter.path("in").asText().equals("query")) {
          use(operation, path, parameter);
        }
      }
    }
    String events = "/api/events?topic=room:messaging:contract";
    Answer page = call(dave, "GET", events + "&limit=1", "");
    expect(200, call(dave, "GET", events + "&after=" + page.text("position"), ""));
  }

  private void use(Operation operation, String path, JsonNode parameter) {
    String name = parameter.path("name").asText();
    String caller = caller(operation);
    String value =
        switch (name) {
          case "before", "after", "around" -> Long.toString(stage.messageId);
          case "cursor" -> call(caller, "GET", path + "?limit=1", "").text("nextCursor");
          default -> parameter.path("example").asText();
        };
    if (!operation.id().equals("events")) {
      assertThat(value).as(operation.id() + " " + name).isNotEqualTo("null").isNotEmpty();
      String limit = name.equals("limit") ? "" : "&limit=1";
      expect(200, call(caller, "GET", path + "?" + name + "=" + value + limit, ""));
    }
  }

  private String caller(Operation operation) {
    return switch (operation.path()) {
      case "/api/notifications", "/api/rooms/{cid}/messages", "/api/rooms/{cid}/members" -> ada;
      case "/api/rooms" -> dave;
      default -> admin;
    };
  }

  /** A webhook, beside another one, with two dead letters. */
  private String hook() {
    String hook = "{\"url\":\"http://127.0.0.9:9/hook\",\"events\":[\"reaction.deleted\"]}";
    expect(201, call(admin, "POST", "/api/webhooks", hook));
    String id = call(admin, "POST", "/api/webhooks", hook).text("id");
    List.of(1, 2)
        .forEach(i -> expect(202, call(admin, "POST", "/api/webhooks/" + id + "/ping", "")));
    Database database = stage.node.context().getBean(Database.class);
    // Counted as claimed once more, so that the result of a try that is under way is not taken.
    database.transaction(
        () ->
            database.update(
                "UPDATE webhook_delivery SET state = 'dead', claims = claims + 1 WHERE webhook_id ="
                    + " ?",
                Long.parseLong(id)));
    return id;
  }
}
