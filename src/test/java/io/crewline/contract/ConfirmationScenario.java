package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.testing.Rest.Answer;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Confirmation links, and what is done by link. */
final class ConfirmationScenario extends RestScenario {
  ConfirmationScenario(RestStage stage) {
    super(stage);
  }

  void confirmations() {
    Answer kim = call(boss, "POST", "/api/employees", "{\"name\":\"Kim\"}");
    String body = "{\"title\":\"Seal\",\"employeeId\":" + kim.field("id") + "}";
    stage.linkTask = String.valueOf(call(boss, "POST", "/api/tasks", body).field("id"));
    String wanted = "{\"employeeId\":" + kim.field("id") + ",\"taskIds\":[" + stage.linkTask + "]}";
    Answer made = call(boss, "POST", "/api/confirmations", wanted);
    expect(201, made);
    stage.link = made.text("token");
    expect(403, call(ada, "POST", "/api/confirmations", wanted));
    String[] once = {
      "Authorization",
      "Bearer " + boss,
      "Content-Type",
      "application/json",
      "Idempotency-Key",
      "link-once"
    };
    expect(201, judge.call("POST", "/api/confirmations", wanted, once));
    expect(409, judge.call("POST", "/api/confirmations", wanted, once));
    expect(200, call(boss, "GET", "/api/confirmations?limit=1", ""));
    expect(403, call(ada, "GET", "/api/confirmations", ""));
    for (String method : List.of("GET", "DELETE")) {
      expect(403, call(ada, method, "/api/confirmations/1", ""));
      expect(404, call(boss, method, "/api/confirmations/987654", ""));
    }
    String path = "/api/confirm/" + stage.link;
    expect(200, judge.call("GET", path, ""));
    expect(200, judge.call("POST", path + "/acknowledge", ""));
    String task = path + "/task/" + stage.linkTask;
    String[] json = {"Content-Type", "application/json"};
    expect(200, judge.call("PUT", task, "{\"status\":\"done\",\"note\":\"Tight.\"}", json));
    expect(422, judge.call("PUT", task, "{\"status\":\"cancelled\"}", json));
    String[] keyed = {"Content-Type", "application/json", "Idempotency-Key", "link-key"};
    expect(200, judge.call("PUT", task, "{\"status\":\"inProgress\"}", keyed));
    expect(200, uploadTo(task + "/images", "", IMAGE));
    expect(400, uploadTo(task + "/images", "", new byte[0]));
    expect(404, uploadTo("/api/confirm/none/task/1/images", "", IMAGE));
    expect(413, uploadTo(task + "/images", "", BOMB));
    expect(422, uploadTo(task + "/images", "", IMAGE, "Idempotency-Key", "link-key"));
    Matcher photo =
        Pattern.compile("\"url\":\"(/api/confirm/[^\"]+)\"")
            .matcher(judge.call("GET", path, "").body());
    assertThat(photo.find()).isTrue();
    for (String end : List.of("", "/thumbnail")) {
      expect(200, judge.call("GET", photo.group(1) + end, ""));
      expect(404, judge.call("GET", path + "/images/987654" + end, ""));
    }
    expect(200, judge.call("GET", path, ""));
    expect(200, call(boss, "GET", "/api/confirmations/1", ""));
    expect(204, call(boss, "DELETE", "/api/confirmations/2", ""));
    expect(404, judge.call("GET", "/api/confirm/none", ""));
    expect(404, judge.call("POST", "/api/confirm/none/acknowledge", ""));
    expect(404, judge.call("PUT", "/api/confirm/none/task/1", "{\"status\":\"done\"}", json));
  }
}
