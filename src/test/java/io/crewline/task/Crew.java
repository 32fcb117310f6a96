package io.crewline.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.journal.Journal;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A manager and what they do with tasks by REST, and what the journal has of it. */
final class Crew {
  private final Crewline node;
  private final Person boss;

  Crew(Crewline node) {
    this.node = node;
    this.boss = Person.manager(node, "boss");
  }

  Person boss() {
    return boss;
  }

  /** Creates a system; answers its id. */
  long system(String name) {
    return id(created(boss.post("/api/systems", "{\"name\":\"" + name + "\"}")));
  }

  /** Creates an employee, linked to an account unless that is null; answers the id. */
  long employee(String name, @Nullable String username) {
    String link = username == null ? "null" : "\"" + username + "\"";
    return id(
        created(
            boss.post(
                "/api/employees", "{\"name\":\"%s\",\"username\":%s}".formatted(name, link))));
  }

  /** Creates a task with more fields, such as {@code "systemId":1}; answers it. */
  Map<String, Object> task(String title, String... fields) {
    StringBuilder body = new StringBuilder("{\"title\":\"" + title + "\"");
    for (String field : fields) {
      body.append(',').append(field);
    }
    return created(boss.post("/api/tasks", body + "}")).json();
  }

  Answer patch(long id, String body) {
    return boss.call("PATCH", "/api/tasks/" + id, body);
  }

  static Answer created(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    return answer;
  }

  static Answer ok(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer;
  }

  static long id(Answer answer) {
    return id(answer.json());
  }

  static long id(Map<String, Object> holder) {
    return ((Number) Objects.requireNonNull(holder.get("id"))).longValue();
  }

  Position head() {
    return node.context().getBean(Journal.class).head(Topic.TASKS);
  }

  /** The events of tasks after a position. */
  List<JournalEntry> eventsAfter(Position position) {
    return node.context().getBean(Journal.class).readAfter(Topic.TASKS, position, 20_000).entries();
  }
}
