package io.crewline.task;

import static io.crewline.task.Crew.created;
import static io.crewline.task.Crew.id;
import static io.crewline.task.Crew.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TaskRestTest {
  private static Crewline node;
  private static Crew crew;
  private static Person boss;
  private static Person ada;
  private static Person kim;
  private static long adaId;
  private static long kurtId;
  private static long pumpId;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    crew = new Crew(node);
    boss = crew.boss();
    ada = Person.member(node, "ada");
    kim = Person.member(node, "kim");
    adaId = crew.employee("Ada", "ada");
    kurtId = crew.employee("Kurt", null);
    pumpId = crew.system("Pump 3");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String path(Map<String, Object> task) {
    return "/api/tasks/" + id(task);
  }

  @Test
  void aTaskIsCreatedWithItsDefaultsAndShownTheSame() {
    Answer created = created(boss.post("/api/tasks", "{\"title\":\"Plain\"}"));
    assertThat(created.header("Location")).isEqualTo(path(created.json()));
    assertThat(created.header("ETag")).isEqualTo("\"1\"");
    assertThat(created.json())
        .containsEntry("title", "Plain")
        .containsEntry("description", "")
        .containsEntry("status", "open")
        .containsEntry("priority", "normal")
        .containsEntry("system", null)
        .containsEntry("employee", null)
        .containsEntry("dueAt", null)
        .containsEntry("notes", List.of())
        .containsEntry("images", List.of())
        .containsEntry("acknowledgedAt", null)
        .containsEntry("completedAt", null)
        .containsEntry("version", 1)
        .containsKeys("id", "createdAt", "updatedAt")
        .hasSize(15);
    Answer read = ok(boss.get(path(created.json()) + "/"));
    assertThat(read.json()).isEqualTo(created.json());
    assertThat(read.header("ETag")).isEqualTo("\"1\"");
  }

  @Test
  void aTaskShowsTheNamesOfSystemAndEmployee() {
    Map<String, Object> task =
        crew.task(
            "Full",
            "\"systemId\":" + pumpId,
            "\"employeeId\":" + adaId,
            "\"priority\":\"urgent\"",
            "\"dueAt\":\"2026-03-02T17:00:00.5+01:00\"");
    assertThat(task)
        .containsEntry("status", "assigned")
        .containsEntry("priority", "urgent")
        .containsEntry("system", Map.of("id", (int) pumpId, "name", "Pump 3"))
        .containsEntry("employee", Map.of("id", (int) adaId, "name", "Ada"))
        .containsEntry("dueAt", "2026-03-02T16:00:00.500Z");
    assertThat(boss.get(path(task)).json()).isEqualTo(task);
  }

  @Test
  void aTaskMayBeginFurtherAlong() {
    Map<String, Object> done = crew.task("Done before", "\"status\":\"done\"");
    assertThat(done).containsEntry("status", "done").containsEntry("version", 1);
    assertThat(done.get("completedAt")).isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|title",
        "{\"title\":null}|title",
        "{\"title\":\" \"}|title",
        "{\"title\":5}|title",
        "{\"title\":\"a\",\"description\":[]}|description",
        "{\"title\":\"a\",\"status\":\"finished\"}|status",
        "{\"title\":\"a\",\"priority\":\"HIGH\"}|priority",
        "{\"title\":\"a\",\"systemId\":999999}|systemId",
        "{\"title\":\"a\",\"employeeId\":999999}|employeeId",
        "{\"title\":\"a\",\"employeeId\":\"1\"}|employeeId",
        "{\"title\":\"a\",\"employeeId\":1.5}|employeeId",
        "{\"title\":\"a\",\"employeeId\":99999999999999999999}|employeeId",
        "{\"title\":\"a\",\"dueAt\":\"tomorrow\"}|dueAt",
        "{\"title\":\"a\",\"dueAt\":\"+99999-01-01T00:00:00Z\"}|dueAt",
        "{\"title\":\"a\",\"version\":\"one\"}|version",
        "{\"title\":\"a\\u0000b\"}|title",
        "{\"title\":\"\\ud800\"}|title"
      })
  void aFieldThatBreaksARuleIsNamed(String body, String field) {
    Answer answer = boss.post("/api/tasks", body);
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.text("code")).isEqualTo("badRequest");
    assertThat(answer.json().get("errors")).asString().contains("field=" + field);
  }

  @Test
  void allFieldsThatBreakARuleAreNamedAtOnce() {
    Answer answer = boss.post("/api/tasks", "{\"status\":\"x\",\"priority\":\"y\",\"dueAt\":1}");
    assertThat(answer.json().get("errors"))
        .asString()
        .contains("field=title", "field=status", "field=priority", "field=dueAt");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "5", "null", "{", "", "\"text\""})
  void aBodyThatIsNoObjectIsRefused(String body) {
    for (String method : List.of("POST", "PUT", "PATCH")) {
      String path = method.equals("POST") ? "/api/tasks" : path(crew.task("Body"));
      Answer answer = boss.call(method, path, body);
      assertThat(answer.status()).as(method + answer.body()).isEqualTo(400);
      assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
    }
  }

  @Test
  void textsHaveTheirLimits() {
    String title = "ü".repeat(200);
    created(boss.post("/api/tasks", "{\"title\":\"" + title + "\"}"));
    assertThat(boss.post("/api/tasks", "{\"title\":\"x" + title + "\"}").status()).isEqualTo(400);
    String text = "x".repeat(10_000);
    Map<String, Object> task = crew.task("Long", "\"description\":\"" + text + "\"");
    assertThat(crew.patch(id(task), "{\"description\":\"x" + text + "\"}").status()).isEqualTo(400);
    created(boss.post(path(task) + "/notes", "{\"text\":\"" + text + "\"}"));
    assertThat(boss.post(path(task) + "/notes", "{\"text\":\"x" + text + "\"}").status())
        .isEqualTo(400);
  }

  @Test
  void aPatchMergesAndNullRemoves() {
    Map<String, Object> task =
        crew.task(
            "Patched",
            "\"description\":\"old\"",
            "\"systemId\":" + pumpId,
            "\"dueAt\":\"2026-03-02T16:00:00Z\"",
            "\"priority\":\"high\"");
    Map<String, Object> after =
        ok(crew.patch(id(task), "{\"title\":\"New\",\"dueAt\":null,\"unknown\":1}")).json();
    assertThat(after)
        .containsEntry("title", "New")
        .containsEntry("description", "old")
        .containsEntry("dueAt", null)
        .containsEntry("priority", "high")
        .containsEntry("version", 2);
    assertThat(after.get("system")).isEqualTo(task.get("system"));
    Map<String, Object> cleared =
        ok(crew.patch(id(task), "{\"systemId\":null,\"description\":null,\"priority\":null}"))
            .json();
    assertThat(cleared)
        .containsEntry("system", null)
        .containsEntry("description", "")
        .containsEntry("priority", "normal")
        .containsEntry("version", 3);
    assertThat(crew.patch(id(task), "{\"title\":null}").status()).isEqualTo(400);
    assertThat(crew.patch(id(task), "{\"status\":null}").status()).isEqualTo(400);
  }

  @Test
  void aMergePatchHasAMediaTypeOfItsOwn() {
    Map<String, Object> task = crew.task("Typed");
    Answer answer =
        new Rest(node)
            .call(
                "PATCH",
                path(task),
                "{\"title\":\"Typed anew\"}",
                "Authorization",
                "Bearer " + boss.token(),
                "Content-Type",
                "application/merge-patch+json");
    assertThat(ok(answer).text("title")).isEqualTo("Typed anew");
  }

  @Test
  void aPatchThatChangesNothingIsNoNewVersion() {
    Map<String, Object> task = crew.task("Same", "\"priority\":\"low\"");
    Answer again = ok(crew.patch(id(task), "{\"title\":\"Same\",\"status\":\"open\"}"));
    assertThat(again.json()).isEqualTo(task);
    assertThat(ok(crew.patch(id(task), "{}")).json()).isEqualTo(task);
  }

  @Test
  void putReplacesAndKeepsTheStatus() {
    Map<String, Object> task =
        crew.task(
            "Put", "\"description\":\"gone\"", "\"employeeId\":" + adaId, "\"priority\":\"low\"");
    ok(crew.patch(id(task), "{\"status\":\"inProgress\"}"));
    Map<String, Object> after =
        ok(boss.call(
                "PUT",
                path(task),
                "{\"title\":\"Put\",\"employeeId\":" + adaId + ",\"version\":2}"))
            .json();
    assertThat(after)
        .containsEntry("description", "")
        .containsEntry("priority", "normal")
        .containsEntry("status", "inProgress")
        .containsEntry("version", 3);
    assertThat(boss.call("PUT", path(task), "{\"priority\":\"low\"}").status()).isEqualTo(400);
    assertThat(boss.call("PUT", "/api/tasks/999999", "{\"title\":\"x\"}").status()).isEqualTo(404);
  }

  @Test
  void theEmployeeMovesTheStatusUnlessOneIsNamed() {
    Map<String, Object> task = crew.task("Moved");
    String assign = "{\"employeeId\":" + adaId + "}";
    assertThat(ok(crew.patch(id(task), assign)).text("status")).isEqualTo("assigned");
    assertThat(ok(crew.patch(id(task), "{\"employeeId\":null}")).text("status")).isEqualTo("open");
    String both = "{\"employeeId\":" + adaId + ",\"status\":\"inProgress\"}";
    assertThat(ok(crew.patch(id(task), both)).text("status")).isEqualTo("inProgress");
  }

  @Test
  void aStatusThatMayNotFollowIsRefusedWithThoseThatMay() {
    Map<String, Object> task = crew.task("Table", "\"status\":\"done\"");
    Answer refused = crew.patch(id(task), "{\"status\":\"assigned\",\"title\":\"No\"}");
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.text("code")).isEqualTo("statusNotAllowed");
    assertThat(refused.json().get("allowed")).isEqualTo(List.of("inProgress"));
    assertThat(boss.get(path(task)).json()).isEqualTo(task);
  }

  @Test
  void aLostUpdateIsAConflictWithTheCurrentTask() {
    Map<String, Object> task = crew.task("Lost");
    Map<String, Object> current =
        ok(crew.patch(id(task), "{\"priority\":\"high\",\"version\":1}")).json();
    Rest rest = new Rest(node, "Authorization", "Bearer " + boss.token());
    for (Answer stale :
        List.of(
            crew.patch(id(task), "{\"title\":\"Mine\",\"version\":1}"),
            boss.call("PUT", path(task), "{\"title\":\"Mine\",\"version\":1}"),
            rest.call(
                "PATCH",
                path(task),
                "{\"title\":\"Mine\"}",
                "If-Match",
                "\"1\"",
                "Content-Type",
                "application/json"),
            rest.call("DELETE", path(task), "", "If-Match", "\"1\""),
            rest.call("DELETE", path(task), "", "If-Match", "nonsense"))) {
      assertThat(stale.status()).as(stale.body()).isEqualTo(409);
      assertThat(stale.text("code")).isEqualTo("conflict");
      assertThat(stale.json().get("current")).isEqualTo(current);
    }
    Answer fitting =
        rest.call(
            "PATCH",
            path(task),
            "{\"title\":\"Mine\"}",
            "If-Match",
            "\"7\", W/\"2\"",
            "Content-Type",
            "application/json");
    assertThat(ok(fitting).header("ETag")).isEqualTo("\"3\"");
    assertThat(rest.call("DELETE", path(task), "", "If-Match", "*").status()).isEqualTo(204);
    assertThat(boss.get(path(task)).status()).isEqualTo(404);
    assertThat(boss.call("DELETE", path(task), "").status()).isEqualTo(404);
  }

  @Test
  void membersSeeTheirTasksAndMoveThemOnAndNothingElse() {
    Map<String, Object> hers = crew.task("Hers", "\"employeeId\":" + adaId);
    assertThat(ada.get(path(hers)).json()).isEqualTo(hers);
    assertThat(ok(ada.call("PATCH", path(hers), "{\"status\":\"inProgress\"}")).text("status"))
        .isEqualTo("inProgress");
    Map<String, Object> note =
        created(ada.post(path(hers) + "/notes", "{\"text\":\"Seal ordered\"}")).json();
    assertThat(note)
        .containsEntry("text", "Seal ordered")
        .containsEntry("by", Map.of("kind", "user", "id", "ada", "name", "ada"))
        .containsKeys("id", "createdAt")
        .hasSize(4);
    assertThat(ada.get(path(hers)).json().get("notes")).isEqualTo(List.of(note));
    assertThat(ada.call("PATCH", path(hers), "{\"title\":\"Mine\"}").status()).isEqualTo(403);
    assertThat(ada.call("PATCH", path(hers), "{\"status\":\"done\",\"employeeId\":null}").status())
        .isEqualTo(403);
    assertThat(ada.call("PUT", path(hers), "{\"title\":\"Mine\"}").status()).isEqualTo(403);
    assertThat(ada.call("DELETE", path(hers), "").status()).isEqualTo(403);
    assertThat(ada.post("/api/tasks", "{\"title\":\"Mine\"}").status()).isEqualTo(403);
  }

  @Test
  void whatOneDoesNotSeeDoesNotExist() {
    Map<String, Object> hers = crew.task("Not kims", "\"employeeId\":" + adaId);
    Map<String, Object> nobodys = crew.task("Nobodys");
    for (Map<String, Object> task : List.of(hers, nobodys)) {
      List<Answer> answers =
          List.of(
              kim.get(path(task)),
              kim.call("PATCH", path(task), "{\"status\":\"done\"}"),
              kim.call("PATCH", path(task), "{\"title\":\"x\",\"version\":77}"),
              kim.call("PUT", path(task), "{\"title\":\"x\"}"),
              kim.call("DELETE", path(task), ""),
              kim.post(path(task) + "/notes", "{\"text\":\"x\"}"));
      Answer unknown = kim.get("/api/tasks/999999");
      for (Answer answer : answers) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(404);
        assertThat(answer.body()).isEqualTo(unknown.body());
      }
    }
    assertThat(kim.items("/api/tasks")).isEmpty();
    assertThat(ada.items("/api/tasks?limit=200"))
        .extracting(Crew::id)
        .contains(id(hers))
        .doesNotContain(id(nobodys));
  }

  @Test
  void tasksAreFiltered() {
    long hall = crew.system("Hall");
    Map<String, Object> one =
        crew.task(
            "Filter 100% one",
            "\"systemId\":" + hall,
            "\"priority\":\"urgent\"",
            "\"dueAt\":\"2030-01-01T00:00:00Z\"");
    Map<String, Object> two =
        crew.task(
            "Filter two",
            "\"systemId\":" + hall,
            "\"employeeId\":" + kurtId,
            "\"description\":\"The SEAL\"",
            "\"dueAt\":\"2030-02-01T00:00:00Z\"");
    Map<String, Object> three =
        crew.task("Filter three", "\"systemId\":" + hall, "\"status\":\"cancelled\"");
    assertFound(hall, "", three, two, one);
    assertFound(hall, "&status=open,cancelled", three, one);
    assertFound(hall, "&status=assigned", two);
    assertFound(hall, "&employee=" + kurtId, two);
    assertFound(hall, "&employeeId=" + kurtId, two);
    assertFound(hall, "&employee=none", three, one);
    assertFound(hall, "&priority=urgent,high", one);
    assertFound(hall, "&dueBefore=2030-01-15T00:00:00Z", one);
    assertFound(hall, "&dueAfter=2030-01-15T00:00:00Z", two);
    assertFound(hall, "&dueAfter=2029-01-01T00:00:00Z&dueBefore=2031-01-01T00:00:00Z", two, one);
    assertFound(hall, "&text=seal", two);
    assertFound(hall, "&text=100%25", one);
    assertFound(hall, "&text=1_0");
    assertFound(hall, "&status=open&employee=" + kurtId);
  }

  @SafeVarargs
  private static void assertFound(long system, String query, Map<String, Object>... tasks) {
    assertThat(boss.items("/api/tasks?system=" + system + query)).as(query).containsExactly(tasks);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit=0",
        "limit=201",
        "limit=x",
        "status=finished",
        "status=open,",
        "priority=HIGH",
        "employee=x",
        "employee=-1",
        "system=99999999999999999999",
        "dueBefore=soon",
        "dueAfter=2026",
        "sort=title",
        "sort=--dueAt",
        "cursor=%C3%BF",
        "cursor=MQ",
        "text=a%00b"
      })
  void aFilterThatCannotBeIsRefused(String query) {
    Answer answer = boss.get("/api/tasks?" + query);
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    String field = query.substring(0, query.indexOf('='));
    assertThat(answer.json().get("errors")).asString().contains("field=" + field);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "createdAt",
        "-createdAt",
        "updatedAt",
        "-updatedAt",
        "dueAt",
        "-dueAt",
        "priority",
        "-priority",
        "status",
        "-status"
      })
  void everyOrderIsPagedWithoutRepeatOrGap(String sort) {
    long system = crew.system("Sorted by " + sort);
    List<String> priorities = List.of("low", "urgent", "normal", "high");
    List<String> statuses = List.of("open", "done", "inProgress");
    for (int i = 0; i < 9; i++) {
      crew.task(
          "Sorted",
          "\"systemId\":" + system,
          "\"priority\":\"" + priorities.get(i % 4) + "\"",
          "\"status\":\"" + statuses.get(i % 3) + "\"",
          "\"dueAt\":" + (i % 4 == 0 ? "null" : "\"2026-03-0" + (9 - i % 5) + "T00:00:00Z\""));
    }
    String path = "/api/tasks?system=" + system + "&sort=" + sort;
    List<Map<String, Object>> whole = boss.items(path + "&limit=200");
    List<Map<String, Object>> paged = new ArrayList<>();
    String cursor = "";
    do {
      Answer page = ok(boss.get(path + "&limit=2" + cursor));
      paged.addAll(boss.items(path + "&limit=2" + cursor));
      Object next = page.json().get("nextCursor");
      cursor = next == null ? "" : "&cursor=" + next;
    } while (!cursor.isEmpty());
    assertThat(paged).hasSize(9).isEqualTo(whole);
    String name = sort.replace("-", "");
    List<String> order =
        switch (name) {
          case "priority" -> List.of("low", "normal", "high", "urgent");
          case "status" -> TaskStatus.wireNames();
          default -> List.of();
        };
    List<String> keys =
        whole.stream()
            .map(task -> String.valueOf(task.get(name)))
            .filter(key -> !key.equals("null"))
            .map(key -> order.isEmpty() ? key : String.valueOf(order.indexOf(key)))
            .toList();
    List<String> sorted = keys.stream().sorted().toList();
    assertThat(sort.startsWith("-") ? keys.reversed() : keys).isEqualTo(sorted);
    if (name.equals("dueAt")) {
      assertThat(whole.subList(6, 9)).allMatch(task -> task.get("dueAt") == null);
    }
    assertThat(
            boss.get(path.replace("sort=" + sort, "sort=" + other(sort)) + cursorOf(path)).status())
        .isEqualTo(400);
  }

  private static String other(String sort) {
    return sort.equals("dueAt") ? "-dueAt" : "dueAt";
  }

  private static String cursorOf(String path) {
    return "&cursor=" + boss.get(path + "&limit=1").text("nextCursor");
  }

  @Test
  void tasksThatComeAndGoBetweenPagesMoveNoOthers() {
    long system = crew.system("Moving");
    List<Long> ids = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      ids.add(id(crew.task("Task " + i, "\"systemId\":" + system)));
    }
    String path = "/api/tasks?sort=createdAt&limit=2&system=" + system;
    Answer first = ok(boss.get(path));
    boss.call("DELETE", "/api/tasks/" + ids.get(0), "");
    crew.task("Task 6", "\"systemId\":" + system);
    assertThat(boss.items(path + "&cursor=" + first.text("nextCursor")))
        .extracting(Crew::id)
        .containsExactly(ids.get(2), ids.get(3));
  }

  @Test
  void aTaskHasAtMostAHundredNotes() {
    Map<String, Object> task = crew.task("Noted");
    for (int i = 0; i < 100; i++) {
      created(boss.post(path(task) + "/notes", "{\"text\":\"note " + i + "\"}"));
    }
    Answer refused = boss.post(path(task) + "/notes", "{\"text\":\"one more\"}");
    assertThat(refused.status()).isEqualTo(422);
    assertThat((List<?>) boss.get(path(task)).field("notes")).hasSize(100);
  }

  @Test
  void aRepeatedCreationMakesOneTask() {
    String body = "{\"title\":\"Once\"}";
    String[] headers = {"Authorization", "Bearer " + boss.token(), "Idempotency-Key", "once"};
    Answer first = created(new Rest(node).post("/api/tasks", body, headers));
    Answer second = created(new Rest(node).post("/api/tasks", body, headers));
    assertThat(second.json()).isEqualTo(first.json());
    assertThat(second.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(boss.items("/api/tasks?text=Once")).hasSize(1);
  }

  @Test
  void systemsAreManagersBusinessAndMembersSeeThoseOfTheirTasks() {
    long seen = crew.system("Seen");
    long hidden = crew.system("Hidden");
    crew.task("Seen task", "\"systemId\":" + seen, "\"employeeId\":" + adaId);
    assertThat(ada.items("/api/systems?limit=200"))
        .extracting(Crew::id)
        .contains(seen)
        .doesNotContain(hidden);
    assertThat(ada.get("/api/systems/" + hidden).status()).isEqualTo(404);
    assertThat(ada.call("PATCH", "/api/systems/" + hidden, "{}").status()).isEqualTo(404);
    assertThat(ada.call("PATCH", "/api/systems/" + seen, "{}").status()).isEqualTo(403);
    assertThat(ada.call("DELETE", "/api/systems/" + seen, "").status()).isEqualTo(403);
    assertThat(ada.post("/api/systems", "{\"name\":\"Mine\"}").status()).isEqualTo(403);
    Answer changed = boss.call("PATCH", "/api/systems/" + seen, "{\"description\":\"Here\"}");
    assertThat(ok(changed).json())
        .containsEntry("name", "Seen")
        .containsEntry("description", "Here");
    Answer replaced = boss.call("PUT", "/api/systems/" + seen, "{\"name\":\"Seen anew\"}");
    assertThat(ok(replaced).json())
        .containsEntry("name", "Seen anew")
        .containsEntry("description", "");
    assertThat(boss.call("PATCH", "/api/systems/" + seen, "{\"name\":null}").status())
        .isEqualTo(400);
    assertThat(boss.call("PATCH", "/api/systems/999999", "{}").status()).isEqualTo(404);
  }

  @Test
  void contactsOfEmployeesAreForManagersOnly() {
    long id =
        id(
            created(
                boss.post(
                    "/api/employees",
                    """
                    {"name":"Kim","username":"kim","email":"kim@example.org","phone":"+49 30 1","locale":"de-DE"}
                    """)));
    String path = "/api/employees/" + id;
    assertThat(boss.get(path).json())
        .containsEntry("email", "kim@example.org")
        .containsEntry("phone", "+49 30 1")
        .containsEntry("locale", "de-DE")
        .containsEntry("username", "kim");
    assertThat(ok(kim.get(path)).json())
        .containsEntry("name", "Kim")
        .containsEntry("email", null)
        .containsEntry("phone", null);
    assertThat(kim.items("/api/employees")).extracting(Crew::id).containsExactly(id);
    assertThat(ada.get(path).status()).isEqualTo(404);
    assertThat(kim.call("PATCH", path, "{\"phone\":\"1\"}").status()).isEqualTo(403);
    assertThat(ada.call("PATCH", path, "{\"phone\":\"1\"}").status()).isEqualTo(404);
    assertThat(kim.post("/api/employees", "{\"name\":\"x\"}").status()).isEqualTo(403);
    Answer taken = boss.post("/api/employees", "{\"name\":\"Kim two\",\"username\":\"kim\"}");
    assertThat(taken.status()).isEqualTo(409);
    for (String bad :
        List.of("username\":\"nobody", "email\":\"x", "phone\":\"call me", "locale\":\"!")) {
      Answer refused = boss.call("PATCH", path, "{\"" + bad + "\"}");
      assertThat(refused.status()).as(refused.body()).isEqualTo(400);
    }
    assertThat(ok(boss.call("PATCH", path, "{\"username\":null}")).json())
        .containsEntry("username", null);
    assertThat(kim.get(path).status()).isEqualTo(404);
  }

  @Test
  void tasksOutliveTheirSystemAndEmployee() {
    long system = crew.system("Short-lived");
    long employee = crew.employee("Leaver", null);
    String links = "\"systemId\":%d,\"employeeId\":%d".formatted(system, employee);
    Map<String, Object> assigned = crew.task("Left behind", links);
    Map<String, Object> done = crew.task("Done before", links, "\"status\":\"done\"");
    assertThat(boss.call("DELETE", "/api/employees/" + employee, "").status()).isEqualTo(204);
    assertThat(boss.call("DELETE", "/api/systems/" + system, "").status()).isEqualTo(204);
    assertThat(boss.get("/api/employees/" + employee).status()).isEqualTo(404);
    assertThat(boss.get("/api/systems/" + system).status()).isEqualTo(404);
    assertThat(boss.get(path(assigned)).json())
        .containsEntry("system", null)
        .containsEntry("employee", null)
        .containsEntry("status", "open")
        .containsEntry("version", 3);
    assertThat(boss.get(path(done)).json())
        .containsEntry("employee", null)
        .containsEntry("status", "done");
  }
}
