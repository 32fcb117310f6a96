package io.crewline.confirmation;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A manager who gives out tasks and links. */
final class Desk {
  final Crewline node;
  final Person boss;
  final Rest rest;

  Desk(Crewline node) {
    this.node = node;
    this.boss = Person.manager(node, "boss");
    this.rest = new Rest(node);
  }

  /** A link with its token. */
  record Link(long id, String token, String url) {
    String api(String rest) {
      return "/api/confirm/" + token + rest;
    }

    String page(String rest) {
      return "/c/" + token + rest;
    }
  }

  long employee(String name) {
    return id(boss.post("/api/employees", "{\"name\":\"" + name + "\"}"));
  }

  long task(String title, @Nullable Long employeeId) {
    return id(
        boss.post(
            "/api/tasks",
            "{\"title\":\"%s\",\"description\":\"It drips.\",\"employeeId\":%s}"
                .formatted(title, employeeId)));
  }

  Link link(long employeeId, long... taskIds) {
    Answer answer = boss.post("/api/confirmations", request(employeeId, taskIds));
    return new Link(id(answer), answer.text("token"), answer.text("url"));
  }

  /** A link with one task of a new employee. */
  Link link(String title) {
    long employee = employee("Kim");
    return link(employee, task(title, employee));
  }

  static String request(long employeeId, long... taskIds) {
    return "{\"employeeId\":%d,\"taskIds\":[%s]}"
        .formatted(
            employeeId,
            Arrays.stream(taskIds).mapToObj(Long::toString).collect(Collectors.joining(",")));
  }

  Answer put(Link link, long taskId, String json, String... headers) {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = "Content-Type";
    all[headers.length + 1] = "application/json";
    return rest.call("PUT", link.api("/task/" + taskId), json, all);
  }

  Map<String, Object> task(long id) {
    return boss.get("/api/tasks/" + id).json();
  }

  @SuppressWarnings("unchecked")
  List<Map<String, Object>> tasks(Link link) {
    return (List<Map<String, Object>>) rest.get(link.api("")).field("tasks");
  }

  /** The first task of a link. */
  long taskOf(Link link) {
    return Long.parseLong(String.valueOf(tasks(link).getFirst().get("id")));
  }

  /** How many events of a type the topic has. */
  long events(String topic, String type) {
    Database database = node.context().getBean(Database.class);
    return database.transaction(
        () ->
            database
                .queryOne(
                    """
                    SELECT count(*) AS n FROM event JOIN topic ON topic.id = topic_id
                    WHERE name = ? AND type = ?
                    """,
                    row -> row.getLong("n"),
                    topic,
                    type)
                .orElseThrow());
  }

  void sql(String statement, Object... parameters) {
    Database database = node.context().getBean(Database.class);
    database.transaction(() -> database.update(statement, parameters));
  }

  static long id(Answer answer) {
    if (answer.status() != 201) {
      throw new AssertionError(answer.status() + " " + answer.body());
    }
    return ((Number) answer.field("id")).longValue();
  }
}
