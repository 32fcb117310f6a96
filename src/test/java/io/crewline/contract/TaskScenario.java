package io.crewline.contract;

import io.crewline.task.Actor;
import io.crewline.task.TaskService;
import io.crewline.testing.Rest.Answer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Tasks, systems and employees. */
final class TaskScenario extends RestScenario {
  TaskScenario(RestStage stage) {
    super(stage);
  }

  void tasks() {
    expect(201, call(boss, "POST", "/api/systems", "{\"name\":\"Pump 3\"}"));
    expect(201, call(boss, "POST", "/api/employees", "{\"name\":\"A\",\"username\":\"ada\"}"));
    expect(403, call(ada, "POST", "/api/tasks", "{\"title\":\"Mine\"}"));
    String body = "{\"title\":\"Seal\",\"systemId\":1,\"employeeId\":1}";
    Answer created = call(boss, "POST", "/api/tasks", body);
    expect(201, created);
    String task = "/api/tasks/" + created.field("id");
    expect(200, call(ada, "GET", task, ""));
    expect(404, call(kim, "GET", task, ""));
    expect(201, call(ada, "POST", task + "/notes", "{\"text\":\"It drips\"}"));
    expect(404, call(kim, "POST", task + "/notes", "{\"text\":\"It drips\"}"));
    expect(200, call(boss, "GET", "/api/tasks?limit=1&sort=dueAt", ""));
    expect(200, call(ada, "PATCH", task, "{\"status\":\"done\"}"));
    expect(403, call(ada, "PATCH", task, "{\"title\":\"Mine\"}"));
    expect(404, call(kim, "PATCH", task, "{\"status\":\"done\"}"));
    expect(409, call(boss, "PATCH", task, "{\"title\":\"Stale\",\"version\":1}"));
    expect(422, call(boss, "PATCH", task, "{\"status\":\"open\"}"));
    expect(200, call(boss, "PUT", task, body));
    expect(403, call(ada, "PUT", task, body));
    expect(404, call(kim, "PUT", task, body));
    expect(409, call(boss, "PUT", task, "{\"title\":\"Stale\",\"version\":1}"));
    expect(422, call(boss, "PUT", task, "{\"title\":\"Seal\",\"status\":\"cancelled\"}"));
    images(task);
    expect(403, call(ada, "DELETE", task, ""));
    expect(404, call(kim, "DELETE", task, ""));
    String[] stale = {"Authorization", "Bearer " + boss, "If-Match", "\"1\""};
    expect(409, judge.call("DELETE", task, "", stale));
  }

  private void images(String task) {
    String images = task + "/images";
    expect(400, uploadTo(images, ada, new byte[0]));
    expect(415, uploadTo(images, ada, "no image".getBytes(StandardCharsets.UTF_8)));
    expect(413, uploadTo(images, ada, BOMB));
    expect(404, uploadTo(images, kim, IMAGE));
    Answer added = uploadTo(images, ada, IMAGE);
    expect(201, added);
    String[] key = {"Idempotency-Key", "contract-image"};
    expect(400, uploadTo(images, ada, new byte[0], key));
    expect(422, uploadTo(images + "?other", ada, new byte[0], key));
    expect(200, call(ada, "GET", task, ""));
    expect(200, call(ada, "GET", added.text("url"), ""));
    expect(404, call(kim, "GET", added.text("url"), ""));
    Answer stored = upload(boss, "", IMAGE);
    expect(201, stored);
    long id = Long.parseLong(task.substring(task.lastIndexOf('/') + 1));
    stage
        .node
        .context()
        .getBean(TaskService.class)
        .addImage(id, ((Number) stored.field("id")).longValue(), Actor.employee(1, "A"));
    String image = images + "/" + stored.field("id");
    expect(403, call(ada, "DELETE", image, ""));
    expect(404, call(kim, "DELETE", image, ""));
    expect(204, call(boss, "DELETE", image, ""));
  }

  /** On what the tasks have made. */
  void systemsAndEmployees() {
    expect(200, call(boss, "GET", "/api/systems?limit=1", ""));
    expect(200, call(boss, "GET", "/api/employees?limit=1", ""));
    expect(201, call(boss, "POST", "/api/employees", "{\"name\":\"B\"}"));
    for (String path : List.of("/api/systems", "/api/employees")) {
      String one = path + "/1";
      expect(403, call(ada, "POST", path, "{\"name\":\"Mine\"}"));
      expect(200, call(ada, "GET", one, ""));
      expect(404, call(kim, "GET", one, ""));
      expect(200, call(boss, "PATCH", one, "{\"name\":\"Another\"}"));
      expect(403, call(ada, "PATCH", one, "{\"name\":\"Mine\"}"));
      expect(404, call(kim, "PATCH", one, "{\"name\":\"Mine\"}"));
      expect(403, call(ada, "PUT", one, "{\"name\":\"Mine\"}"));
      expect(404, call(kim, "PUT", one, "{\"name\":\"Mine\"}"));
      expect(403, call(ada, "DELETE", one, ""));
      expect(404, call(kim, "DELETE", one, ""));
    }
    String taken = "{\"name\":\"B\",\"username\":\"ada\"}";
    expect(409, call(boss, "POST", "/api/employees", taken));
    expect(409, call(boss, "PATCH", "/api/employees/2", taken));
    expect(409, call(boss, "PUT", "/api/employees/2", taken));
    expect(200, call(boss, "PUT", "/api/systems/1", "{\"name\":\"Pump 3\"}"));
    expect(200, call(boss, "PUT", "/api/employees/1", "{\"name\":\"Ada\"}"));
    expect(204, call(boss, "DELETE", "/api/systems/1", ""));
    expect(204, call(boss, "DELETE", "/api/employees/1", ""));
    expect(204, call(boss, "DELETE", "/api/tasks/1", ""));
  }
}
