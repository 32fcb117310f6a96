package io.crewline.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.task.Actor;
import io.crewline.task.TaskService;
import io.crewline.task.TaskStatus;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What people are told about tasks, seen from real sockets. */
final class TaskNotificationTest {
  private static Crewline node;
  private static int tests;

  private Person boss;
  private Person ada;
  private long employee;

  @BeforeAll
  static void start() {
    node = TestNode.start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @BeforeEach
  void people() {
    boss = Person.manager(node, "boss-" + tests);
    ada = Person.member(node, "ada-" + tests);
    employee = employee(ada);
    tests++;
  }

  private long employee(Person person) {
    return id(
        boss.post(
            "/api/employees", "{\"name\":\"Ada\",\"username\":\"" + person.username() + "\"}"));
  }

  private static long id(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    return ((Number) answer.field("id")).longValue();
  }

  private long task(Person by, Instant dueAt, long employeeId) {
    return id(
        by.post(
            "/api/tasks",
            "{\"title\":\"Pump\",\"employeeId\":%d,\"dueAt\":\"%s\"}"
                .formatted(employeeId, dueAt)));
  }

  private void change(long task, String fields) {
    Answer answer = boss.call("PATCH", "/api/tasks/" + task, fields);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  private static void remind() {
    node.context().getBean(DueScheduler.class).run();
  }

  private static Instant in(Duration duration) {
    return Instant.now().plus(duration).truncatedTo(ChronoUnit.MILLIS);
  }

  private static TaskService tasks() {
    return node.context().getBean(TaskService.class);
  }

  @Test
  void anAssignedTaskIsToldToTheUserOfItsEmployeeWithAllThatIsToBeShown() {
    try (Device device = new Device(node, ada);
        Device other = new Device(node, boss)) {
      Instant dueAt = in(Duration.ofDays(9));
      long task = task(boss, dueAt, employee);
      Map<String, Object> told = device.told(1);
      assertThat(told)
          .containsEntry("kind", "taskAssigned")
          .containsEntry(
              "by", Map.of("kind", "user", "id", boss.username(), "name", boss.username()));
      assertThat(Device.object(Device.object(told, "data"), "task"))
          .containsEntry("id", (int) task)
          .containsEntry("title", "Pump")
          .containsEntry("status", "assigned")
          .containsEntry("dueAt", dueAt.toString());
      change(task, "{\"title\":\"Another pump\"}");
      device.toldNothingMore(ada);
      other.toldNothingMore(boss);
    }
  }

  @Test
  void aTaskThatComesBackIsToldAgainAndNobodyIsToldOfTheirOwnDoing() {
    long own = employee(boss);
    try (Device ofAda = new Device(node, ada);
        Device ofBoss = new Device(node, boss)) {
      long task = task(boss, in(Duration.ofDays(9)), employee);
      ofAda.told(1);
      change(task, "{\"employeeId\":" + own + "}");
      change(task, "{\"employeeId\":" + employee + "}");
      ofAda.told(2);
      ofAda.toldNothingMore(ada);
      ofBoss.toldNothingMore(boss);
    }
  }

  @Test
  void whoMadeATaskIsToldThatItWasDoneByLink() {
    try (Device ofBoss = new Device(node, boss);
        Device ofAda = new Device(node, ada)) {
      long task = task(boss, in(Duration.ofDays(9)), employee);
      ofAda.told(1);
      tasks().setStatus(task, TaskStatus.IN_PROGRESS, null, Actor.employee(employee, "Ada"));
      tasks().setStatus(task, TaskStatus.DONE, "tight again", Actor.employee(employee, "Ada"));
      Map<String, Object> told = ofBoss.told(1);
      assertThat(told)
          .containsEntry("kind", "taskDone")
          .containsEntry(
              "by", Map.of("kind", "employee", "id", Long.toString(employee), "name", "Ada"));
      assertThat(Device.object(Device.object(told, "data"), "task"))
          .containsEntry("status", "done");
      ofAda.toldNothingMore(ada);
      long another = task(boss, in(Duration.ofDays(9)), employee);
      ofAda.told(2);
      change(another, "{\"status\":\"done\"}");
      ofBoss.toldNothingMore(boss);
    }
  }

  @Test
  void dueSoonAndOverdueAreToldOnceForEachDueTime() {
    try (Device device = new Device(node, ada)) {
      long task = task(boss, in(Duration.ofHours(2)), employee);
      device.told(1);
      remind();
      assertThat(device.told(2)).containsEntry("kind", "taskDueSoon").containsEntry("by", null);
      remind();
      change(task, "{\"dueAt\":\"" + in(Duration.ofHours(3)) + "\"}");
      remind();
      assertThat(device.told(3)).containsEntry("kind", "taskDueSoon");
      change(task, "{\"dueAt\":\"" + in(Duration.ofHours(-1)) + "\"}");
      remind();
      assertThat(device.told(4)).containsEntry("kind", "taskOverdue");
      change(task, "{\"status\":\"inProgress\"}");
      change(task, "{\"status\":\"done\"}");
      change(task, "{\"status\":\"inProgress\"}");
      remind();
      device.toldNothingMore(ada);
    }
  }

  @Test
  void nothingIsToldOfWhatIsFarAwayFinishedPutOffOrGone() {
    Instant dueAt = in(Duration.ofHours(30));
    task(boss, in(Duration.ofHours(50)), employee);
    long done = task(boss, dueAt, employee);
    long cancelled = task(boss, dueAt, employee);
    long deleted = task(boss, dueAt, employee);
    long putOff = task(boss, dueAt, employee);
    long timeless = task(boss, dueAt, employee);
    long soon = task(boss, dueAt, employee);
    change(done, "{\"status\":\"done\"}");
    change(cancelled, "{\"status\":\"cancelled\"}");
    assertThat(boss.call("DELETE", "/api/tasks/" + deleted, "").status()).isEqualTo(204);
    change(putOff, "{\"dueAt\":\"" + in(Duration.ofDays(30)) + "\"}");
    change(timeless, "{\"dueAt\":null}");
    node.context().getBean(DueScheduler.class).remindAt(dueAt.minus(Duration.ofHours(23)));
    List<Map<String, Object>> told =
        Device.notifications(ada).stream()
            .filter(each -> !"taskAssigned".equals(each.get("kind")))
            .toList();
    assertThat(told).hasSize(1);
    assertThat(told.getFirst()).containsEntry("kind", "taskDueSoon");
    assertThat(Device.object(Device.object(told.getFirst(), "data"), "task"))
        .containsEntry("id", (int) soon);
  }

  @Test
  void anOverdueTaskOfNobodyWithAnAccountIsToldToWhoMadeIt() {
    long worker = id(boss.post("/api/employees", "{\"name\":\"Without account\"}"));
    try (Device device = new Device(node, boss)) {
      task(boss, in(Duration.ofHours(2)), worker);
      task(boss, in(Duration.ofHours(-2)), worker);
      remind();
      assertThat(device.told(1)).containsEntry("kind", "taskOverdue");
      device.toldNothingMore(boss);
    }
  }

  @Test
  void tenThousandDueAtOnceAreToldInShortTransactions() {
    Database database = node.context().getBean(Database.class);
    long task = task(boss, in(Duration.ofDays(9)), employee);
    List<Long> ids =
        database.transaction(
            () ->
                database.query(
                    """
                    INSERT INTO task (title, status, priority, employee_id, due_at, created_at,
                                      updated_at)
                    SELECT 'Many', status, priority, employee_id, ?, created_at, updated_at
                    FROM task, generate_series(1, 10000) WHERE id = ? RETURNING id
                    """,
                    row -> row.getLong("id"),
                    in(Duration.ofHours(-1)),
                    task));
    ReminderRepository reminders = node.context().getBean(ReminderRepository.class);
    database.transaction(
        () -> {
          TreeMap<Long, @Nullable Instant> plan = new TreeMap<>();
          tasks().byIds(ids).forEach(each -> plan.put(each.id(), each.dueAt()));
          reminders.plan(plan);
        });
    remind();
    // The scheduler may have come by itself and hold a few of them.
    await().untilAsserted(() -> assertThat(toldOfMany()).containsExactly(200L, 10_000L));
    // Two who remove old ones at the same time leave some to the next.
    task(boss, in(Duration.ofDays(9)), employee);
    assertThat(ada.get("/api/notifications?limit=1").json()).containsEntry("unread", Notifier.KEPT);
  }

  /** The most that one transaction told the user, and all together. */
  private List<Long> toldOfMany() {
    Database database = node.context().getBean(Database.class);
    return database.transaction(
        () ->
            database
                .queryOne(
                    """
                    SELECT max(n) AS most, sum(n) AS told FROM (
                        SELECT count(*) AS n FROM event JOIN topic ON topic.id = topic_id
                        WHERE name = ? AND type = 'notification.new' AND data LIKE '%"Many"%'
                        GROUP BY event.xmin) by_transaction
                    """,
                    row -> List.of(row.getLong("most"), row.getLong("told")),
                    "user:" + ada.username())
                .orElseThrow());
  }
}
