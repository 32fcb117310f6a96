package io.crewline.task;

import static io.crewline.task.Crew.created;
import static io.crewline.task.Crew.id;
import static io.crewline.task.Crew.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a manager, the member a task is assigned to, and another member receive over sockets while
 * tasks are made, changed, passed on and deleted by REST, and finished by link.
 */
final class TaskSightTest {
  private static Crewline node;
  private static Crew crew;
  private static long adaId;
  private static long kimId;

  private Watcher boss;
  private Watcher ada;
  private Watcher kim;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    crew = new Crew(node);
    Person.member(node, "ada");
    Person.member(node, "kim");
    adaId = crew.employee("Ada", "ada");
    kimId = crew.employee("Kim", "kim");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @BeforeEach
  void watch() {
    boss = new Watcher(crew.boss());
    ada = new Watcher(Person.member(node, "ada"));
    kim = new Watcher(Person.member(node, "kim"));
  }

  @AfterEach
  void leave() {
    boss.socket.close();
    ada.socket.close();
    kim.socket.close();
  }

  @Test
  void eachWatcherGetsWhatItMaySeeOnceInOrderWithTheFullTask() {
    List<Seen> all = new ArrayList<>();
    long id = create(all, adaId);
    all.add(change(id, "{\"status\":\"inProgress\"}"));
    all.add(change(id, "{\"title\":\"Pump 8\",\"priority\":\"high\"}"));
    all.add(finishByLink(id, adaId));
    all.add(delete(id));
    boss.expect(all);
    ada.expect(all);
    kim.expect(List.of());
  }

  @Test
  void aTaskThatIsPassedOnIsDeletedForWhoeverHadItAndNewForTheOther() {
    List<Seen> all = new ArrayList<>();
    long id = create(all, adaId);
    Map<String, Object> before = all.getFirst().task();
    Seen passed = change(id, "{\"employeeId\":" + kimId + "}");
    Seen last = change(id, "{\"status\":\"done\"}");
    boss.expect(List.of(all.getFirst(), passed, last));
    ada.expect(List.of(all.getFirst(), new Seen("task:deleted", before)));
    kim.expect(List.of(passed, last));
  }

  @Test
  void theSameAfterACutAndAResumeInTheMiddle() {
    List<Seen> all = new ArrayList<>();
    long id = create(all, adaId);
    boss.expect(all);
    ada.expect(all);
    for (Watcher each : List.of(boss, ada, kim)) {
      each.cut();
    }
    Seen begun = change(id, "{\"status\":\"inProgress\"}");
    Seen passed = change(id, "{\"employeeId\":" + kimId + "}");
    List<Seen> second = new ArrayList<>();
    long other = create(second, adaId);
    for (Watcher each : List.of(boss, ada, kim)) {
      each.resume();
    }
    Seen done = finishByLink(id, kimId);
    Seen gone = delete(other);
    boss.expect(List.of(begun, passed, second.getFirst(), done, gone));
    ada.expect(List.of(begun, new Seen("task:deleted", begun.task()), second.getFirst(), gone));
    kim.expect(List.of(passed, done));
  }

  @Test
  void whatIsHiddenIsNotReadAgainByAResume() {
    List<Seen> hidden = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      create(hidden, adaId);
    }
    boss.expect(hidden);
    ada.expect(hidden);
    kim.awaitPosition(boss.seq);
    kim.cut();
    kim.resume();
    Seen hers = change(id(hidden.getFirst().task()), "{\"employeeId\":" + kimId + "}");
    kim.expect(List.of(hers));
  }

  /** An event as a watcher sees it. */
  private record Seen(String type, Map<String, Object> task, String kind) {
    Seen(String type, Map<String, Object> task) {
      this(type, task, "user");
    }
  }

  private long create(List<Seen> seen, long employee) {
    Map<String, Object> task =
        created(
                crew.boss()
                    .post("/api/tasks", "{\"title\":\"Pump 7\",\"employeeId\":" + employee + "}"))
            .json();
    seen.add(new Seen("task:created", task));
    return id(task);
  }

  private Seen change(long id, String patch) {
    return new Seen("task:updated", ok(crew.patch(id, patch)).json());
  }

  /** What the employee does without an account. */
  private Seen finishByLink(long id, long employee) {
    String token =
        created(
                crew.boss()
                    .post(
                        "/api/confirmations",
                        "{\"employeeId\":%d,\"taskIds\":[%d]}".formatted(employee, id)))
            .text("token");
    Map<String, Object> task =
        ok(new Rest(node)
                .call(
                    "PUT",
                    "/api/confirm/" + token + "/task/" + id,
                    "{\"status\":\"done\",\"note\":\"All dry.\"}",
                    "Content-Type",
                    "application/json"))
            .json();
    return new Seen("task:updated", task, "employee");
  }

  private Seen delete(long id) {
    Map<String, Object> last = ok(crew.boss().get("/api/tasks/" + id)).json();
    assertThat(crew.boss().call("DELETE", "/api/tasks/" + id, "").status()).isEqualTo(204);
    return new Seen("task:deleted", last);
  }

  /** A client that keeps its position. */
  private static final class Watcher {
    private final Person person;
    private SocketClient socket;
    private String epoch;
    private long seq;

    Watcher(Person person) {
      this.person = person;
      this.socket = SocketClient.connect(node.port(), person.token());
      Map<String, Object> initialized = socket.call("tasks.watch");
      assertThat(initialized).containsEntry("type", "initialized");
      String[] position = String.valueOf(initialized.get("position")).split(":");
      this.epoch = position[0];
      this.seq = Long.parseLong(position[1]);
    }

    /**
     * Waits for these events, which must come in this order, and for the position that the changes
     * have reached, before which nothing else may come.
     */
    void expect(List<Seen> expected) {
      long head = crew.head().seq();
      List<Seen> seen = new ArrayList<>();
      while (seq < head) {
        Map<String, Object> frame = next();
        if (frame.containsKey("seq")) {
          seen.add(new Seen(String.valueOf(frame.get("type")), task(frame), kind(frame)));
        }
      }
      assertThat(seen).as(person.username()).isEqualTo(expected);
    }

    void awaitPosition(long head) {
      while (seq < head) {
        next();
      }
    }

    private Map<String, Object> next() {
      Map<String, Object> frame =
          socket.await("an event or position", each -> "tasks".equals(each.get("topic")));
      assertThat(frame.get("type")).isNotIn("reset", "removed");
      long number =
          frame.get("seq") instanceof Number given
              ? given.longValue()
              : Long.parseLong(String.valueOf(frame.get("position")).split(":")[1]);
      assertThat(number).as("in order, once: %s", frame).isGreaterThan(seq);
      seq = number;
      return frame;
    }

    void cut() {
      socket.abort();
    }

    void resume() {
      socket = SocketClient.connect(node.port(), null);
      Map<String, Object> connected =
          socket.call(
              "connect", "token", person.token(), "resume", Map.of("tasks", epoch + ":" + seq));
      assertThat(connected.get("resumed")).isEqualTo(Map.of("tasks", "ok"));
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> task(Map<String, Object> frame) {
    Map<String, Object> data = (Map<String, Object>) Objects.requireNonNull(frame.get("data"));
    return (Map<String, Object>) Objects.requireNonNull(data.get("task"));
  }

  @SuppressWarnings("unchecked")
  private static String kind(Map<String, Object> frame) {
    Map<String, Object> data = (Map<String, Object>) Objects.requireNonNull(frame.get("data"));
    Map<String, Object> by = (Map<String, Object>) Objects.requireNonNull(data.get("by"));
    return String.valueOf(by.get("kind"));
  }
}
