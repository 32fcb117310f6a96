package io.crewline.task;

import static io.crewline.task.Crew.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.crewline.Crewline;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.task.TaskTransactions.Touched;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Somebody holds a task: changes of others go on, and those of the task wait for it. */
@Timeout(60)
final class LockedTaskTest {
  private static final Executor THREADS = task -> Thread.ofVirtual().start(task);
  private static final Actor BOSS = new Actor(Actor.Kind.USER, "boss", "boss");

  private static final String ADDRESS = TestPostgres.createDatabase();

  private static Crewline node;
  private static Crew crew;
  private static Database database;

  private final CompletableFuture<Void> release = new CompletableFuture<>();

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("DATABASE_URL", ADDRESS, "CREWLINE_DATABASE_TIMEOUT", "60s"));
    crew = new Crew(node);
    database = node.context().getBean(Database.class);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static CompletableFuture<Task> rename(Crewline on, long id, String title) {
    TaskLane lane = on.context().getBean(TaskLane.class);
    return CompletableFuture.supplyAsync(
        () ->
            lane.run(
                Touched.task(id), changes -> changes.update(id, draft -> draft.title(title), BOSS)),
        THREADS);
  }

  private void hold(long task) {
    CompletableFuture<Void> held = new CompletableFuture<>();
    THREADS.execute(
        () ->
            database.transaction(
                () -> {
                  database.query("SELECT 1 FROM task WHERE id = ? FOR UPDATE", row -> 1, task);
                  held.complete(null);
                  release.join();
                }));
    held.join();
  }

  @Test
  void changesOfOtherTasksGoOn() {
    long locked = id(crew.task("Locked"));
    long other = id(crew.task("Other"));
    hold(locked);
    try {
      List<CompletableFuture<Task>> waiting = new ArrayList<>();
      for (int i = 1; i <= 8; i++) {
        waiting.add(rename(node, locked, "Locked " + i));
        assertThat(rename(node, other, "Other " + i).join().title()).isEqualTo("Other " + i);
      }
      assertThat(waiting).noneMatch(CompletableFuture::isDone);
      release.complete(null);
      assertThat(waiting)
          .extracting(change -> change.join().version())
          .containsExactlyInAnyOrder(2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    } finally {
      release.complete(null);
    }
  }

  /** Another node, whose limits are short. */
  @Test
  void whoWaitsInVainIsToldToComeAgainAndSoAreThoseBehind() {
    long locked = id(crew.task("Locked for long"));
    hold(locked);
    try (Crewline hasty =
        TestNode.start(Map.of("DATABASE_URL", ADDRESS, "CREWLINE_DATABASE_TIMEOUT", "2s"))) {
      List<CompletableFuture<Task>> waiting = new ArrayList<>();
      for (int i = 1; i <= 4; i++) {
        waiting.add(rename(hasty, locked, "In vain " + i));
      }
      for (CompletableFuture<Task> change : waiting) {
        assertThatExceptionOfType(CompletionException.class)
            .isThrownBy(change::join)
            .havingCause()
            .isInstanceOf(ApiException.class)
            .matches(refusal -> ((ApiException) refusal).code() == ErrorCode.UNAVAILABLE);
      }
    } finally {
      release.complete(null);
    }
    assertThat(rename(node, locked, "Free").join().version()).isEqualTo(2);
  }
}
