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
import io.micronaut.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a task is read as may be written again: {@code system:{id}} beside {@code systemId}. */
final class TaskShapeTest {
  private static final JsonMapper JSON = JsonMapper.createDefault();

  private static Crewline node;
  private static Crew crew;
  private static Person boss;
  private static long adaId;
  private static long kurtId;
  private static long pumpId;
  private static long doorId;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    crew = new Crew(node);
    boss = crew.boss();
    adaId = crew.employee("Ada", null);
    kurtId = crew.employee("Kurt", null);
    pumpId = crew.system("Pump 3");
    doorId = crew.system("Door 1");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static Map<String, Object> assigned() {
    return crew.task("Seal", "\"systemId\":" + pumpId, "\"employeeId\":" + adaId);
  }

  private static String path(Map<String, Object> task) {
    return "/api/tasks/" + id(task);
  }

  /** Puts the ids in for {@code ADA}, {@code KURT}, {@code PUMP} and {@code DOOR}. */
  private static String named(String body) {
    return body.replace("ADA", Long.toString(adaId))
        .replace("KURT", Long.toString(kurtId))
        .replace("PUMP", Long.toString(pumpId))
        .replace("DOOR", Long.toString(doorId));
  }

  @Test
  void whatWasReadCanBePutAgainAndChangesNothing() {
    for (String more : List.of("\"systemId\":PUMP,\"employeeId\":ADA", "\"dueAt\":null")) {
      Map<String, Object> task = crew.task("Again", named(more));
      String read = boss.get(path(task)).body();
      for (String method : List.of("PUT", "PATCH")) {
        assertThat(ok(boss.call(method, path(task), read)).json()).as(method).isEqualTo(task);
      }
      Map<String, Object> copy = created(boss.post("/api/tasks", read)).json();
      assertThat(copy.get("system")).isEqualTo(task.get("system"));
      assertThat(copy.get("employee")).isEqualTo(task.get("employee"));
    }
  }

  @Test
  void aRenamedTaskKeepsItsSystemAndEmployee() {
    Map<String, Object> task = assigned();
    task.put("title", "Renamed");
    assertThat(ok(boss.call("PUT", path(task), json(task))).json())
        .containsEntry("title", "Renamed")
        .containsEntry("system", task.get("system"))
        .containsEntry("employee", task.get("employee"))
        .containsEntry("version", 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "PATCH"})
  void linksAreTakenInEitherShape(String method) {
    for (String links :
        List.of(
            "\"systemId\":DOOR,\"employeeId\":KURT",
            "\"system\":{\"id\":DOOR},\"employee\":{\"id\":KURT,\"name\":\"Another name\"}",
            "\"system\":{\"id\":DOOR},\"systemId\":DOOR,\"employeeId\":KURT")) {
      Answer answer = write(method, links);
      assertThat(answer.status()).as(answer.body()).isIn(200, 201);
      assertThat(answer.json())
          .as(links)
          .containsEntry("system", Map.of("id", (int) doorId, "name", "Door 1"))
          .containsEntry("employee", Map.of("id", (int) kurtId, "name", "Kurt"));
    }
    for (String links :
        List.of("\"system\":null,\"employee\":null", "\"systemId\":null,\"employeeId\":null")) {
      assertThat(write(method, links).json())
          .as(links)
          .containsEntry("system", null)
          .containsEntry("employee", null);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"system\":{\"id\":DOOR},\"systemId\":PUMP|system",
        "\"system\":null,\"systemId\":PUMP|system",
        "\"system\":{\"id\":PUMP},\"systemId\":null|system",
        "\"employee\":{\"id\":ADA},\"employeeId\":KURT|employee",
        "\"employee\":null,\"employeeId\":ADA|employee",
        "\"employee\":{}|employee.id",
        "\"employee\":{\"id\":null}|employee.id",
        "\"employee\":{\"name\":\"Ada\"}|employee.id",
        "\"employee\":{\"id\":\"x\"}|employee.id",
        "\"employee\":ADA|employee",
        "\"system\":[]|system",
        "\"system\":{\"id\":1.5}|system.id",
        "\"system\":{\"id\":999999}|systemId",
        "\"employee\":{\"id\":999999}|employeeId",
        "\"systemId\":999999|systemId",
        "\"employeeId\":999999|employeeId",
      })
  void whatContradictsOrIsNoLinkIsRefusedByName(String links, String field) {
    for (String method : List.of("POST", "PUT", "PATCH")) {
      Answer answer = write(method, links);
      assertThat(answer.status()).as(method + " " + links + answer.body()).isEqualTo(400);
      assertThat(answer.json().get("errors"))
          .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.list(Map.class))
          .extracting(error -> error.get("field"))
          .containsExactly(field);
    }
  }

  @Test
  void theIdInABodyMustBeThatOfItsPath() {
    Map<String, Object> task = assigned();
    for (String method : List.of("PUT", "PATCH")) {
      Answer answer =
          boss.call(method, path(task), "{\"title\":\"x\",\"id\":" + (id(task) + 1) + "}");
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text("detail")).startsWith("id: ");
    }
  }

  @Test
  void mergePatchTakesTheReadShapeToo() {
    Map<String, Object> task = assigned();
    assertThat(
            new Rest(node)
                .call(
                    "PATCH",
                    path(task),
                    "{\"employee\":null,\"system\":{\"id\":" + doorId + "}}",
                    "Authorization",
                    "Bearer " + boss.token(),
                    "Content-Type",
                    "application/merge-patch+json")
                .json())
        .containsEntry("employee", null)
        .containsEntry("system", Map.of("id", (int) doorId, "name", "Door 1"))
        .containsEntry("status", "open");
  }

  @Test
  void filtersTakeEitherNameAndRefuseWhatContradicts() {
    Map<String, Object> task = assigned();
    for (String filter :
        List.of(
            "employee=ADA&system=PUMP",
            "employeeId=ADA&systemId=PUMP",
            "employeeId=ADA&employee=ADA&system=PUMP&systemId=PUMP")) {
      assertThat(boss.items(named("/api/tasks?limit=200&" + filter)))
          .as(filter)
          .extracting(found -> found.get("id"))
          .contains(task.get("id"));
    }
    for (String filter :
        List.of(
            "employee=ADA&employeeId=KURT",
            "system=PUMP&systemId=DOOR",
            "system=none&systemId=1")) {
      assertThat(boss.get(named("/api/tasks?" + filter)).status()).as(filter).isEqualTo(400);
    }
    assertThat(boss.get("/api/tasks?employeeId=x").text("detail")).startsWith("employeeId: ");
  }

  private static Answer write(String method, String links) {
    String body = named("{\"title\":\"Shape\"," + links + "}");
    return method.equals("POST")
        ? boss.post("/api/tasks", body)
        : boss.call(method, path(assigned()), body);
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
