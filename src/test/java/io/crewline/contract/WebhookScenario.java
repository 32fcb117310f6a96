package io.crewline.contract;

import io.crewline.testing.Rest.Answer;
import java.util.List;

/** Webhooks and their deliveries. */
final class WebhookScenario extends RestScenario {
  WebhookScenario(RestStage stage) {
    super(stage);
  }

  void webhooks() {
    String hook =
        "{\"url\":\"http://127.0.0.9:9/hook\",\"events\":[\"reaction.deleted\",\"login.*\"],\"description\":\"ERP\"}";
    Answer created = call(admin, "POST", "/api/webhooks", hook);
    expect(201, created);
    String path = "/api/webhooks/" + created.text("id");
    expect(200, call(admin, "GET", "/api/webhooks?limit=1", ""));
    expect(200, call(admin, "GET", path, ""));
    expect(200, call(admin, "PATCH", path, "{\"events\":[\"reaction.deleted\"]}"));
    expect(200, call(admin, "POST", path + "/rotate-secret", ""));
    Answer ping = call(admin, "POST", path + "/ping", "");
    expect(202, ping);
    String delivery = path + "/deliveries/" + ping.text("id");
    expect(200, call(admin, "GET", path + "/deliveries?limit=1", ""));
    expect(200, call(admin, "GET", delivery, ""));
    expect(202, call(admin, "POST", delivery + "/replay", ""));
    expect(200, call(admin, "GET", path + "/dead-letters", ""));
    expect(202, call(admin, "POST", path + "/dead-letters/replay", ""));
    List<String> calls =
        List.of(
            "GET ",
            "PATCH ",
            "POST /rotate-secret",
            "POST /ping",
            "GET /deliveries",
            "GET /deliveries/1",
            "POST /deliveries/1/replay",
            "GET /dead-letters",
            "POST /dead-letters/replay",
            "DELETE ");
    for (String each : calls) {
      String[] parts = each.split(" ", 2);
      String body = parts[0].equals("PATCH") ? "{}" : "";
      expect(403, call(dave, parts[0], path + parts[1], body));
      expect(404, call(admin, parts[0], "/api/webhooks/0" + parts[1], body));
    }
    expect(403, call(dave, "GET", "/api/webhooks", ""));
    expect(403, call(dave, "POST", "/api/webhooks", hook));
    expect(200, call(admin, "PATCH", path, "{\"active\":false}"));
    for (String each : List.of("/ping", "/deliveries/1/replay", "/dead-letters/replay")) {
      expect(422, call(admin, "POST", path + each, ""));
    }
    expect(204, call(admin, "DELETE", path, ""));
  }
}
