package io.crewline.confirmation;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.confirmation.Desk.Link;
import io.crewline.platform.Database;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class ConfirmationIdempotencyTest {
  private static final String DONE = "{\"status\":\"done\",\"note\":\"It holds.\"}";
  private static final int MANY = 1000;

  private static Crewline node;
  private static Desk desk;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    desk = new Desk(node);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void aThousandEqualStatusesAtOnceAreOneEventAndOneNote() {
    Link link = desk.link("Seal");
    long task = desk.taskOf(link);
    long before = desk.events("tasks", "task:updated");
    List<Answer> answers = atOnce(() -> desk.put(link, task, DONE));
    assertThat(answers).extracting(Answer::status).containsOnly(200);
    assertThat(answers).extracting(Answer::body).containsOnly(answers.getFirst().body());
    assertThat(desk.events("tasks", "task:updated")).isEqualTo(before + 1);
    assertThat((List<?>) desk.task(task).get("notes")).hasSize(1);
  }

  @Test
  void aThousandAcknowledgementsAtOnceAreOneEvent() {
    Link link = desk.link("Seal");
    long tasks = desk.events("tasks", "task:updated");
    long confirmations = desk.events("user:boss", "confirmation.updated");
    List<Answer> answers = atOnce(() -> desk.rest.post(link.api("/acknowledge"), ""));
    assertThat(answers).extracting(Answer::status).containsOnly(200);
    assertThat(answers).extracting(Answer::body).containsOnly(answers.getFirst().body());
    assertThat(desk.events("tasks", "task:updated")).isEqualTo(tasks + 1);
    assertThat(desk.events("user:boss", "confirmation.updated")).isEqualTo(confirmations + 1);
  }

  private static List<Answer> atOnce(Supplier<Answer> call) {
    ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      start.await();
                      answers.add(call.get());
                    } catch (InterruptedException e) {
                      throw new AssertionError(e);
                    }
                  }));
    }
    start.countDown();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    assertThat(answers).hasSize(MANY);
    return List.copyOf(answers);
  }

  @Test
  void aMailScannerThatOpensALinkAThousandTimesChangesNothing() {
    Link link = desk.link("Seal");
    String before = state();
    for (int i = 0; i < MANY / 4; i++) {
      for (String method : List.of("GET", "HEAD")) {
        assertThat(desk.rest.call(method, link.api(""), "").status()).isEqualTo(200);
        assertThat(desk.rest.call(method, link.page(""), "").status()).isEqualTo(200);
      }
    }
    assertThat(state()).isEqualTo(before);
  }

  private static String state() {
    Database database = node.context().getBean(Database.class);
    return database
        .transaction(
            () ->
                database.query(
                    """
                    SELECT row_to_json(t)::text || xmin AS row FROM confirmation t
                    UNION ALL SELECT row_to_json(t)::text || xmin FROM confirmation_task t
                    UNION ALL SELECT row_to_json(t)::text || xmin FROM confirmation_call t
                    UNION ALL SELECT row_to_json(t)::text || xmin FROM task t
                    UNION ALL SELECT row_to_json(t)::text || xmin FROM topic t ORDER BY 1
                    """,
                    row -> row.getString("row")))
        .toString();
  }

  @Test
  void theSameAgainIsARepeatUntilSomebodySetsAnotherStatus() {
    Link link = desk.link("Seal");
    long task = desk.taskOf(link);
    Answer first = desk.put(link, task, DONE);
    assertThat(desk.put(link, task, DONE).body()).isEqualTo(first.body());
    assertThat(desk.task(task)).containsEntry("version", first.json().get("version"));
    desk.boss.call("PATCH", "/api/tasks/" + task, "{\"status\":\"inProgress\"}");
    Answer again = desk.put(link, task, DONE);
    assertThat(again.text("status")).isEqualTo("done");
    assertThat((List<?>) again.field("notes")).hasSize(2);
    Answer other = desk.put(link, task, "{\"status\":\"done\",\"note\":\"It really does.\"}");
    assertThat((List<?>) other.field("notes")).hasSize(3);
  }

  @Test
  void aKeyMakesARepeatKnownHoweverLateItComes() {
    Link link = desk.link("Seal");
    long task = desk.taskOf(link);
    String[] key = {"Idempotency-Key", "late"};
    assertThat(desk.put(link, task, DONE, key).status()).isEqualTo(200);
    desk.boss.call("PATCH", "/api/tasks/" + task, "{\"status\":\"inProgress\"}");
    Answer repeat = desk.put(link, task, DONE, key);
    assertThat(repeat.status()).isEqualTo(200);
    assertThat(repeat.text("status")).isEqualTo("inProgress");
    assertThat((List<?>) repeat.field("notes")).hasSize(1);
    Answer other = desk.put(link, task, "{\"status\":\"done\"}", key);
    assertThat(other.status()).isEqualTo(422);
    assertThat(other.text("code")).isEqualTo("unprocessable");
  }

  @Test
  void aSecondAcknowledgementChangesNothingEvenIfTasksWereOpenedAgain() {
    Link link = desk.link("Seal");
    long task = desk.taskOf(link);
    Answer first = desk.rest.post(link.api("/acknowledge"), "");
    desk.boss.call("PATCH", "/api/tasks/" + task, "{\"status\":\"assigned\"}");
    Map<String, Object> before = desk.task(task);
    Answer second = desk.rest.post(link.api("/acknowledge"), "");
    assertThat(second.json().get("acknowledgedAt")).isEqualTo(first.json().get("acknowledgedAt"));
    assertThat(desk.task(task)).isEqualTo(before);
  }

  @Test
  void keysAreForgottenWithTheirLink() {
    Link link = desk.link("Seal");
    long task = desk.taskOf(link);
    desk.put(link, task, DONE, "Idempotency-Key", "kept");
    ConfirmationHousekeeping housekeeping = node.context().getBean(ConfirmationHousekeeping.class);
    housekeeping.forget();
    assertThat(desk.put(link, task, "{\"status\":\"done\"}", "Idempotency-Key", "kept").status())
        .isEqualTo(422);
    desk.boss.call("DELETE", "/api/confirmations/" + link.id(), "");
    housekeeping.forget();
    ConfirmationRepository rows = node.context().getBean(ConfirmationRepository.class);
    Database database = node.context().getBean(Database.class);
    assertThat(database.transaction(() -> rows.call(link.id(), "kept"))).isEmpty();
  }

  @Test
  void keysStayUntilTheirLinkExpires() {
    Link expired = desk.link("Seal");
    Link valid = desk.link("Seal");
    ConfirmationRepository rows = node.context().getBean(ConfirmationRepository.class);
    Database database = node.context().getBean(Database.class);
    for (Link link : List.of(expired, valid)) {
      desk.put(link, desk.taskOf(link), DONE, "Idempotency-Key", "kept");
      database.transaction(
          () ->
              database.update(
                  "UPDATE confirmation SET expires_at = now() + ? * interval '1 minute'"
                      + " WHERE id = ?",
                  link == valid ? 5 : -5,
                  link.id()));
    }
    node.context().getBean(ConfirmationHousekeeping.class).forget();
    assertThat(database.transaction(() -> rows.call(expired.id(), "kept"))).isEmpty();
    assertThat(database.transaction(() -> rows.call(valid.id(), "kept"))).isPresent();
  }
}
