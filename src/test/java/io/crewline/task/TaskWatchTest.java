package io.crewline.task;

import static io.crewline.task.Crew.id;
import static io.crewline.task.Crew.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What each watcher of tasks gets over a real socket. */
final class TaskWatchTest {
  private static Crewline node;
  private static Crew crew;
  private static Person ada;
  private static Person kim;
  private static long adaId;
  private static long kimId;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    crew = new Crew(node);
    ada = Person.member(node, "ada");
    kim = Person.member(node, "kim");
    adaId = crew.employee("Ada", "ada");
    kimId = crew.employee("Kim", "kim");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static SocketClient open(Person person) {
    return SocketClient.connect(node.port(), person.token());
  }

  /** The types and titles of the task events so far, up to the one with that title. */
  private static List<String> until(SocketClient client, String title) {
    List<String> seen = new ArrayList<>();
    while (true) {
      Map<String, Object> event =
          client.await(
              "a task event", frame -> String.valueOf(frame.get("type")).startsWith("task:"));
      Map<?, ?> task = (Map<?, ?>) Objects.requireNonNull(data(event).get("task"));
      seen.add(event.get("type") + " " + task.get("title") + " " + task.get("version"));
      if (title.equals(task.get("title"))) {
        return seen;
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> data(Map<String, Object> event) {
    return (Map<String, Object>) Objects.requireNonNull(event.get("data"));
  }

  @SuppressWarnings("unchecked")
  private static List<Object> tasks(Map<String, Object> initialized) {
    return (List<Object>) Objects.requireNonNull(initialized.get("tasks"));
  }

  private static void end(String title) {
    crew.task(title, "\"employeeId\":" + adaId);
    crew.task(title, "\"employeeId\":" + kimId);
  }

  @Test
  void eachWatcherGetsWhatTheyMaySeeOnceAndInOrder() {
    try (SocketClient boss = open(crew.boss());
        SocketClient hers = open(ada);
        SocketClient other = open(kim)) {
      boss.call("tasks.watch");
      hers.call("tasks.watch");
      other.call("tasks.watch");
      long task = id(crew.task("T", "\"employeeId\":" + adaId));
      ada.call("PATCH", "/api/tasks/" + task, "{\"status\":\"inProgress\"}");
      crew.patch(task, "{\"employeeId\":" + kimId + "}");
      crew.patch(task, "{\"priority\":\"high\"}");
      crew.boss().call("DELETE", "/api/tasks/" + task, "");
      end("E");
      assertThat(until(boss, "E"))
          .containsExactly(
              "task:created T 1",
              "task:updated T 2",
              "task:updated T 3",
              "task:updated T 4",
              "task:deleted T 4",
              "task:created E 1");
      assertThat(until(hers, "E"))
          .containsExactly(
              "task:created T 1", "task:updated T 2", "task:deleted T 2", "task:created E 1");
      assertThat(until(other, "E"))
          .containsExactly(
              "task:updated T 3", "task:updated T 4", "task:deleted T 4", "task:created E 1");
    }
  }

  @Test
  void theSameAfterACutInTheMiddle() {
    String position;
    try (SocketClient client = open(ada)) {
      position = String.valueOf(client.call("tasks.watch").get("position"));
      client.abort();
    }
    long task = id(crew.task("Cut", "\"employeeId\":" + adaId));
    crew.patch(task, "{\"employeeId\":" + kimId + "}");
    crew.patch(task, "{\"employeeId\":" + adaId + "}");
    end("Cut end");
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      Map<String, Object> connected =
          client.call("connect", "token", ada.token(), "resume", Map.of("tasks", position));
      assertThat(connected.get("resumed")).isEqualTo(Map.of("tasks", "ok"));
      assertThat(until(client, "Cut end"))
          .containsExactly(
              "task:created Cut 1",
              "task:deleted Cut 1",
              "task:updated Cut 3",
              "task:created Cut end 1");
    }
    try (SocketClient client = open(ada)) {
      Map<String, Object> recovered = client.call("tasks.watch", "after", position);
      assertThat(recovered).containsEntry("recovered", true).containsEntry("position", position);
      assertThat(tasks(recovered)).isEmpty();
      assertThat(until(client, "Cut end")).hasSize(4);
      Map<String, Object> unfit = client.call("tasks.watch", "after", "other:1");
      assertThat(unfit).containsEntry("recovered", false);
      assertThat(tasks(unfit)).isNotEmpty();
    }
  }

  @Test
  void anotherAccountOfTheEmployeeOrAnotherRoleIsAReset() {
    Person lin = Person.member(node, "lin");
    Person max = Person.member(node, "max");
    long employee = crew.employee("Lin", "lin");
    long task = id(crew.task("Lins", "\"employeeId\":" + employee));
    crew.task("Nobodys");
    try (SocketClient before = open(lin);
        SocketClient after = open(max)) {
      assertThat(tasks(before.call("tasks.watch"))).hasSize(1);
      assertThat(tasks(after.call("tasks.watch"))).isEmpty();
      ok(crew.boss().call("PATCH", "/api/employees/" + employee, "{\"username\":\"max\"}"));
      assertThat(before.await("reset")).containsEntry("topic", "tasks");
      assertThat(after.await("reset")).containsEntry("topic", "tasks");
      assertThat(tasks(before.call("tasks.watch"))).isEmpty();
      assertThat(tasks(after.call("tasks.watch")))
          .containsExactly(crew.boss().get("/api/tasks/" + task).json());
      ok(Person.admin(node).call("PATCH", "/api/users/lin", "{\"role\":\"manager\"}"));
      before.await("reset");
      assertThat(tasks(before.call("tasks.watch")).size()).isGreaterThan(1);
      ok(Person.admin(node).call("PATCH", "/api/users/lin", "{\"role\":\"member\"}"));
      before.await("reset");
      assertThat(tasks(before.call("tasks.watch"))).isEmpty();
    }
  }

  @Test
  void aSnapshotThatIsTooLargeHasTheUnfinishedTasksFirst() {
    try (Crewline own = TestNode.start();
        SocketClient client =
            SocketClient.connect(own.port(), Person.manager(own, "boss").token())) {
      Database database = own.context().getBean(Database.class);
      insert(database, "done", 1, 600, "");
      insert(database, "open", 601, 900, "");
      insert(database, "done", 901, 1100, "");
      Map<String, Object> all = client.call("tasks.watch");
      assertThat(all).containsEntry("more", true);
      assertThat(ids(all))
          .hasSize(1000)
          .startsWith(900L, 899L)
          .containsSubsequence(601L, 1100L, 901L, 600L)
          .endsWith(101L);
      Map<String, Object> some = client.call("tasks.watch", "limit", 3);
      assertThat(ids(some)).containsExactly(900L, 899L, 898L);
      assertThat(client.call("tasks.watch", "limit", 1001)).containsEntry("type", "error");
      insert(database, "open", 1101, 1300, "x".repeat(10_000));
      assertThat(ids(client.call("tasks.watch"))).hasSizeBetween(90, 110).startsWith(1300L, 1299L);
    }
  }

  private static List<Long> ids(Map<String, Object> initialized) {
    return tasks(initialized).stream()
        .map(task -> ((Number) Objects.requireNonNull(((Map<?, ?>) task).get("id"))).longValue())
        .collect(Collectors.toList());
  }

  private static void insert(
      Database database, String status, int from, int to, String description) {
    database.transaction(
        () ->
            database.update(
                """
                INSERT INTO task (id, title, description, status, priority, created_at, updated_at)
                SELECT n, 'Task ' || n, ?, ?, 'normal', now(), now()
                FROM generate_series(?, ?) n
                """,
                description,
                status,
                from,
                to));
  }
}
