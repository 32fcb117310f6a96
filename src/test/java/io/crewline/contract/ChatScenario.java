package io.crewline.contract;

import io.crewline.testing.Rest.Answer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Rooms, messages, images, events and notifications. */
final class ChatScenario extends RestScenario {
  ChatScenario(RestStage stage) {
    super(stage);
  }

  void rooms() {
    String room =
        "{\"id\":\"contract\",\"name\":\"Contract\",\"private\":true,\"members\":[\"ada\"]}";
    expect(201, call(dave, "POST", "/api/rooms", room));
    expect(201, call(dave, "POST", "/api/rooms", "{}"));
    expect(409, call(ada, "POST", "/api/rooms", room));
    expect(200, call(dave, "GET", "/api/rooms?limit=1", ""));
    expect(200, call(dave, "GET", ROOM, ""));
    expect(404, call(kim, "GET", ROOM, ""));
    expect(200, call(dave, "PATCH", ROOM, "{\"name\":\"The contract\"}"));
    expect(403, call(ada, "PATCH", ROOM, "{\"private\":false}"));
    expect(404, call(kim, "PATCH", ROOM, "{\"private\":false}"));
    expect(403, call(ada, "DELETE", ROOM, ""));
    expect(404, call(kim, "DELETE", ROOM, ""));
    expect(200, call(dave, "GET", ROOM + "/members?limit=1", ""));
    expect(404, call(kim, "GET", ROOM + "/members", ""));
    expect(201, call(dave, "POST", ROOM + "/members", "{\"members\":[\"boss\"]}"));
    expect(403, call(ada, "POST", ROOM + "/members", "{\"username\":\"kim\"}"));
    expect(404, call(kim, "POST", ROOM + "/members", "{\"username\":\"kim\"}"));
  }

  void messages() {
    String send = "{\"text\":\"@ada hello\",\"clientId\":\"c1\"}";
    Answer sent = call(dave, "POST", ROOM + "/messages", send);
    expect(201, sent);
    stage.messageId = ((Number) sent.field("id")).longValue();
    expect(200, call(dave, "POST", ROOM + "/messages", send));
    String other = "{\"text\":\"another\",\"clientId\":\"c1\"}";
    expect(409, call(dave, "POST", ROOM + "/messages", other));
    String reply = "{\"text\":\"hello dave\",\"replyTo\":" + stage.messageId + "}";
    expect(201, call(ada, "POST", ROOM + "/messages", reply));
    expect(404, call(kim, "POST", ROOM + "/messages", send));
    expect(200, call(ada, "GET", "/api/unread", ""));
    expect(200, call(boss, "GET", "/api/unread", ""));
    expect(200, call(boss, "GET", ROOM, ""));
    expect(200, call(ada, "GET", ROOM + "/messages?limit=1", ""));
    expect(200, call(ada, "GET", ROOM + "/messages?around=" + stage.messageId, ""));
    expect(404, call(kim, "GET", ROOM + "/messages", ""));
    String message = "/api/messages/" + stage.messageId;
    expect(200, call(ada, "GET", message, ""));
    expect(404, call(kim, "GET", message, ""));
    expect(200, call(dave, "PATCH", message, "{\"text\":\"@boss hello\"}"));
    expect(403, call(ada, "PATCH", message, "{\"text\":\"mine\"}"));
    expect(404, call(kim, "PATCH", message, "{\"text\":\"mine\"}"));
    expect(200, call(boss, "POST", ROOM + "/read", "{\"messageId\":" + stage.messageId + "}"));
    expect(200, call(boss, "POST", ROOM + "/read", ""));
    expect(404, call(kim, "POST", ROOM + "/read", ""));
    expect(403, call(ada, "DELETE", message, ""));
    expect(404, call(kim, "DELETE", message, ""));
    expect(200, call(boss, "DELETE", message, ""));
    expect(409, call(dave, "PATCH", message, "{\"text\":\"again\"}"));
    expect(200, call(dave, "GET", ROOM + "/messages", ""));
  }

  void attachments() {
    Answer sent = upload(dave, "", new byte[0]);
    expect(400, sent);
    sent = upload(dave, "", IMAGE);
    expect(201, sent);
    expect(415, upload(dave, "", "no image".getBytes(StandardCharsets.UTF_8)));
    expect(413, upload(dave, "", BOMB));
    String url = sent.text("url");
    for (String path : List.of(url, url + "/thumbnail", url + "/link")) {
      expect(200, call(dave, "GET", path, ""));
      expect(404, call(kim, "GET", path, ""));
    }
    Answer message =
        call(dave, "POST", ROOM + "/messages", "{\"attachments\":[" + sent.field("id") + "]}");
    expect(201, message);
    expect(200, call(ada, "GET", url, ""));
  }

  void events() {
    expect(200, call(dave, "GET", "/api/events?topic=room:messaging:contract", ""));
    expect(404, call(kim, "GET", "/api/events?topic=room:messaging:contract", ""));
  }

  void notifications() {
    Answer list = call(ada, "GET", "/api/notifications?limit=1&unread=true", "");
    expect(200, list);
    String id = list.body().replaceAll("(?s).*?\"id\":(\\d+).*", "$1");
    expect(200, call(ada, "POST", "/api/notifications/" + id + "/read", ""));
    expect(404, call(kim, "POST", "/api/notifications/" + id + "/read", ""));
    expect(200, call(ada, "POST", "/api/notifications/read-all", ""));
    expect(200, call(ada, "GET", "/api/notifications", ""));
    expect(200, call(ada, "PATCH", "/api/notifications/settings", "{\"taskDone\":false}"));
    expect(200, call(ada, "GET", "/api/notifications/settings", ""));
  }

  void leaving() {
    expect(403, call(ada, "DELETE", ROOM + "/members/boss", ""));
    expect(409, call(dave, "DELETE", ROOM + "/members/dave", ""));
    expect(404, call(dave, "DELETE", ROOM + "/members/nobody", ""));
    expect(204, call(dave, "DELETE", ROOM + "/members/ada", ""));
    expect(204, call(dave, "DELETE", ROOM, ""));
  }
}
