package io.crewline.task;

import static io.crewline.task.Crew.created;
import static io.crewline.task.Crew.id;
import static io.crewline.task.Crew.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.crewline.Crewline;
import io.crewline.journal.Audience;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.JsonText;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Exactly one event for each committed change, and what is in it. */
final class TaskEventTest {
  private static Crewline node;
  private static Crew crew;
  private static Person boss;
  private static Person ada;
  private static long adaId;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    crew = new Crew(node);
    boss = crew.boss();
    ada = Person.member(node, "ada");
    adaId = crew.employee("Ada", "ada");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static JournalEntry onlyEventAfter(Position position) {
    List<JournalEntry> events = crew.eventsAfter(position);
    assertThat(events).hasSize(1);
    return events.getFirst();
  }

  private static Map<String, Object> data(JournalEntry event) {
    return SocketClient.parse(event.data());
  }

  private static @Nullable Object task(JournalEntry event) {
    return data(event).get("task");
  }

  private static Audience audience(JournalEntry event) {
    return Objects.requireNonNull(event.audience());
  }

  @Test
  void everyChangeIsOneEventWithTheWholeTaskWhatChangedAndWhoDidIt() {
    Map<String, Object> boss = Map.of("kind", "user", "id", "boss", "name", "boss");
    Position position = crew.head();
    Map<String, Object> task = crew.task("Evented", "\"employeeId\":" + adaId);
    JournalEntry created = onlyEventAfter(position);
    assertThat(created.type()).isEqualTo("task:created");
    assertThat(data(created)).isEqualTo(Map.of("task", task, "changed", List.of(), "by", boss));
    position = crew.head();
    Map<String, Object> patched =
        ok(crew.patch(id(task), "{\"status\":\"done\",\"title\":\"Evented\",\"priority\":\"low\"}"))
            .json();
    JournalEntry updated = onlyEventAfter(position);
    assertThat(updated.type()).isEqualTo("task:updated");
    assertThat(data(updated))
        .isEqualTo(
            Map.of(
                "task",
                patched,
                "changed",
                List.of("status", "priority", "completedAt"),
                "by",
                boss));
    position = crew.head();
    created(ada.post("/api/tasks/" + id(task) + "/notes", "{\"text\":\"Well\"}"));
    Map<String, Object> noted = TaskEventTest.boss.get("/api/tasks/" + id(task)).json();
    JournalEntry note = onlyEventAfter(position);
    assertThat(data(note))
        .containsEntry("task", noted)
        .containsEntry("changed", List.of("notes"))
        .containsEntry("by", Map.of("kind", "user", "id", "ada", "name", "ada"));
    position = crew.head();
    TaskEventTest.boss.call("DELETE", "/api/tasks/" + id(task), "");
    JournalEntry deleted = onlyEventAfter(position);
    assertThat(deleted.type()).isEqualTo("task:deleted");
    assertThat(data(deleted)).isEqualTo(Map.of("task", noted, "changed", List.of(), "by", boss));
  }

  @Test
  void whatIsRefusedOrChangesNothingIsNoEvent() {
    Map<String, Object> task = crew.task("Quiet", "\"status\":\"done\"");
    Position position = crew.head();
    crew.patch(id(task), "{\"title\":\"Quiet\"}");
    crew.patch(id(task), "{\"status\":\"open\"}");
    crew.patch(id(task), "{\"title\":\"New\",\"version\":9}");
    crew.patch(id(task), "{\"employeeId\":999999}");
    boss.post("/api/tasks", "{\"title\":\"x\",\"systemId\":999999}");
    ada.call("DELETE", "/api/tasks/" + id(task), "");
    assertThat(crew.eventsAfter(position)).isEmpty();
  }

  @Test
  void theUserOfTheEmployeeSeesATaskAndTheOneBeforeIsToldGoodbye() {
    Person.member(node, "kim");
    long kimId = crew.employee("Kim", "kim");
    Position position = crew.head();
    Map<String, Object> first = crew.task("Handed on");
    assertThat(audience(onlyEventAfter(position))).isEqualTo(Audience.of(Set.of()));
    position = crew.head();
    Map<String, Object> hers = ok(crew.patch(id(first), "{\"employeeId\":" + adaId + "}")).json();
    assertThat(audience(onlyEventAfter(position))).isEqualTo(Audience.of(Set.of("ada")));
    position = crew.head();
    ok(crew.patch(id(first), "{\"employeeId\":" + kimId + "}"));
    Audience handed = audience(onlyEventAfter(position));
    assertThat(handed.seers()).containsExactly("kim");
    assertThat(handed.leavers()).containsExactly("ada");
    Audience.Farewell farewell = Objects.requireNonNull(handed.farewell());
    assertThat(farewell.type()).isEqualTo("task:deleted");
    assertThat(SocketClient.parse(((JsonText) farewell.data()).text()))
        .containsEntry("task", hers)
        .containsEntry("changed", List.of());
  }

  @Test
  void aNewNameIsOneEventForEachTaskThatShowsIt() {
    long system = crew.system("Old name");
    long employee = crew.employee("Old person", null);
    List<Long> shown = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      shown.add(
          id(
              crew.task(
                  "Shows " + i, "\"systemId\":%d,\"employeeId\":%d".formatted(system, employee))));
    }
    crew.task("Shows nothing");
    Position position = crew.head();
    ok(boss.call("PATCH", "/api/systems/" + system, "{\"name\":\"New name\"}"));
    List<JournalEntry> events = crew.eventsAfter(position);
    assertThat(events).hasSize(3).allMatch(event -> event.type().equals("task:updated"));
    for (int i = 0; i < 3; i++) {
      assertThat(data(events.get(i))).containsEntry("changed", List.of("system"));
      assertThat(task(events.get(i))).isEqualTo(boss.get("/api/tasks/" + shown.get(i)).json());
      assertThat(task(events.get(i))).asString().contains("name=New name", "version=2");
    }
    position = crew.head();
    ok(boss.call("PATCH", "/api/employees/" + employee, "{\"name\":\"New person\"}"));
    events = crew.eventsAfter(position);
    assertThat(events).hasSize(3);
    for (JournalEntry event : events) {
      assertThat(data(event)).containsEntry("changed", List.of("employee"));
      assertThat(task(event)).asString().contains("name=New person", "version=3");
    }
    position = crew.head();
    ok(boss.call("PATCH", "/api/systems/" + system, "{\"description\":\"Nobody shows it\"}"));
    ok(boss.call("PATCH", "/api/employees/" + employee, "{\"phone\":\"1\"}"));
    assertThat(crew.eventsAfter(position)).isEmpty();
  }

  @Test
  void aSystemOfFiveThousandTasksIsRenamedInOneTransaction() {
    long system = crew.system("Large");
    Database database = node.context().getBean(Database.class);
    database.transaction(
        () ->
            database.update(
                """
                INSERT INTO task (title, status, priority, system_id, created_at, updated_at)
                SELECT 'Task ' || n, 'open', 'normal', ?, now(), now()
                FROM generate_series(1, 5000) n
                """,
                system));
    Position position = crew.head();
    ok(boss.call("PATCH", "/api/systems/" + system, "{\"name\":\"Very large\"}"));
    List<JournalEntry> events = crew.eventsAfter(position);
    assertThat(events).hasSize(5000);
    assertThat(events).extracting(JournalEntry::at).containsOnly(events.getFirst().at());
    assertThat(boss.call("DELETE", "/api/systems/" + system, "").status()).isEqualTo(204);
    assertThat(crew.eventsAfter(position)).hasSize(10_000);
    database.transaction(() -> database.update("DELETE FROM task WHERE title LIKE 'Task %'"));
  }

  @Test
  void anotherAccountForAnEmployeeChangesTheSightOfBoth() {
    Person.member(node, "lin");
    Person.member(node, "max");
    long employee = crew.employee("Lin", "lin");
    crew.task("Lins", "\"employeeId\":" + employee);
    Position position = crew.head();
    ok(boss.call("PATCH", "/api/employees/" + employee, "{\"username\":\"max\"}"));
    JournalEntry marker = onlyEventAfter(position);
    assertThat(marker.type()).isEqualTo("sight.changed");
    assertThat(audience(marker)).isEqualTo(Audience.changedFor(Set.of("lin", "max")));
  }

  @Test
  void anotherRoleChangesTheSightOfTheUser() {
    Person.member(node, "una");
    Position position = crew.head();
    ok(Person.admin(node).call("PATCH", "/api/users/una", "{\"role\":\"manager\"}"));
    JournalEntry marker = onlyEventAfter(position);
    assertThat(audience(marker)).isEqualTo(Audience.changedFor(Set.of("una")));
    position = crew.head();
    ok(Person.admin(node).call("PATCH", "/api/users/una", "{\"displayName\":\"Una\"}"));
    assertThat(crew.eventsAfter(position)).isEmpty();
  }

  @Test
  void otherFeaturesChangeTasksWithOneEventForEach() {
    TaskService tasks = node.context().getBean(TaskService.class);
    Actor kurt = Actor.employee(7, "Kurt");
    long open = id(crew.task("For others"));
    long begun = id(crew.task("Begun", "\"status\":\"inProgress\""));
    Position position = crew.head();
    List<Task> acknowledged = tasks.acknowledge(List.of(begun, open, 999_999L), kurt);
    assertThat(acknowledged).extracting(Task::id).containsExactly(open, begun);
    assertThat(acknowledged)
        .extracting(Task::status)
        .containsExactly(TaskStatus.ACKNOWLEDGED, TaskStatus.IN_PROGRESS);
    List<JournalEntry> events = crew.eventsAfter(position);
    assertThat(events).hasSize(2);
    assertThat(data(events.getFirst()))
        .containsEntry("changed", List.of("status", "acknowledgedAt"))
        .containsEntry("by", Map.of("kind", "employee", "id", "7", "name", "Kurt"));
    position = crew.head();
    assertThat(tasks.acknowledge(List.of(begun, open), kurt)).isEqualTo(acknowledged);
    assertThat(crew.eventsAfter(position)).isEmpty();
    Task done = tasks.setStatus(open, TaskStatus.DONE, "It runs again", kurt);
    assertThat(done.notes()).extracting(TaskNote::by).containsExactly(kurt);
    assertThat(data(onlyEventAfter(position)))
        .containsEntry("changed", List.of("status", "notes", "completedAt"));
    assertThat(tasks.require(open)).isEqualTo(done);
    assertThat(tasks.byIds(List.of(open, begun, 999_999L))).hasSize(2);
    position = crew.head();
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(() -> tasks.setStatus(open, TaskStatus.ASSIGNED, "lost", kurt))
        .matches(refusal -> refusal.code() == ErrorCode.STATUS_NOT_ALLOWED);
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(() -> tasks.require(999_999))
        .matches(refusal -> refusal.code() == ErrorCode.NOT_FOUND);
    assertThat(crew.eventsAfter(position)).isEmpty();
    assertThat(tasks.require(open)).isEqualTo(done);
  }
}
