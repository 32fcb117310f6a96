package io.crewline.task;

import static io.crewline.task.Crew.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.crewline.Crewline;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.task.TaskTransactions.Touched;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Changes that wait for each other share a commit, and one that fails fails alone. */
final class TaskLaneTest {
  private static final Actor BOSS = new Actor(Actor.Kind.USER, "boss", "boss");

  private static Crewline node;
  private static Crew crew;
  private static TaskLane lane;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    crew = new Crew(node);
    lane = node.context().getBean(TaskLane.class);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static Task rename(long id, String title) {
    return lane.run(
        Touched.task(id), changes -> changes.update(id, draft -> draft.title(title), BOSS));
  }

  /** Holds the lane with one change until the work has queued up behind it. */
  private static List<Future<Task>> together(List<Callable<Task>> changes) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Void> go = new CompletableFuture<>();
    List<Future<Task>> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> first =
          threads.submit(
              () ->
                  lane.run(
                      Touched.tasks(Set.of()),
                      none -> {
                        begun.countDown();
                        go.join();
                        return 0;
                      }));
      begun.await();
      for (int i = 0; i < changes.size(); i++) {
        int count = i + 1;
        results.add(threads.submit(changes.get(i)));
        Awaitility.await().until(() -> lane.waiting() == count);
      }
      go.complete(null);
      first.get();
    }
    return results;
  }

  private static Set<String> transactionsOf(List<Long> ids) {
    Database database = node.context().getBean(Database.class);
    return database.transaction(
        () ->
            new TreeSet<>(
                database.query(
                    "SELECT xmin::text FROM task WHERE id = ANY (?)",
                    row -> row.getString(1),
                    (Object) ids.toArray(Long[]::new))));
  }

  @Test
  void changesThatWaitShareACommitAndEachIsOneEvent() throws Exception {
    List<Long> ids = new ArrayList<>();
    List<Callable<Task>> changes = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      long id = id(crew.task("Shared " + i));
      ids.add(id);
      changes.add(() -> rename(id, "Shared no more"));
    }
    Position position = crew.head();
    for (Future<Task> result : together(changes.reversed())) {
      assertThat(result.get().title()).isEqualTo("Shared no more");
    }
    assertThat(transactionsOf(ids)).hasSize(1);
    assertThat(crew.eventsAfter(position))
        .extracting(event -> ((Number) field(event, "id")).longValue())
        .isEqualTo(ids.reversed());
  }

  private static Object field(JournalEntry event, String name) {
    Map<?, ?> task =
        (Map<?, ?>) Objects.requireNonNull(SocketClient.parse(event.data()).get("task"));
    return Objects.requireNonNull(task.get(name));
  }

  @Test
  void changesOfOneTaskSeeEachOtherInOrder() throws Exception {
    long id = id(crew.task("In order"));
    Position position = crew.head();
    List<Future<Task>> results =
        together(
            List.of(
                () -> rename(id, "one"),
                () ->
                    lane.run(
                        Touched.task(id),
                        changes ->
                            changes.update(
                                id,
                                draft ->
                                    draft.description(
                                        "after " + changes.require(id).task().title()),
                                BOSS)),
                () -> rename(id, "three")));
    assertThat(results.get(1).get().description()).isEqualTo("after one");
    assertThat(results.getLast().get().version()).isEqualTo(4);
    assertThat(crew.eventsAfter(position))
        .extracting(event -> field(event, "version"), event -> field(event, "title"))
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(2, "one"),
            org.assertj.core.groups.Tuple.tuple(3, "one"),
            org.assertj.core.groups.Tuple.tuple(4, "three"));
    assertThat(node.context().getBean(TaskService.class).require(id))
        .isEqualTo(results.getLast().get());
  }

  @Test
  void aChangeThatIsRefusedIsRefusedAlone() throws Exception {
    long done = id(crew.task("Refused", "\"status\":\"done\""));
    long other = id(crew.task("Fine"));
    List<Future<Task>> results =
        together(
            List.of(
                () -> rename(other, "still fine"),
                () ->
                    lane.run(
                        Touched.task(done),
                        changes ->
                            changes.update(
                                done,
                                draft -> {
                                  draft.title("half");
                                  draft.moveTo(TaskStatus.OPEN);
                                },
                                BOSS)),
                () -> rename(done, "whole")));
    assertThat(results.get(0).get().title()).isEqualTo("still fine");
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> results.get(1).get())
        .havingCause()
        .isInstanceOf(ApiException.class)
        .matches(refusal -> ((ApiException) refusal).code() == ErrorCode.STATUS_NOT_ALLOWED);
    assertThat(results.get(2).get().title()).isEqualTo("whole");
    assertThat(results.get(2).get().version()).isEqualTo(2);
    assertThat(transactionsOf(List.of(done, other))).hasSize(1);
  }

  @Test
  void aChangeThatBreaksABatchFailsAlone() throws Exception {
    long broken = id(crew.task("Breaks"));
    long other = id(crew.task("Holds"));
    Position position = crew.head();
    List<Future<Task>> results =
        together(
            List.of(
                () -> rename(other, "holds still"),
                () -> rename(broken, "not storable \0"),
                () -> rename(other, "holds on")));
    assertThat(results.get(0).get().version()).isEqualTo(2);
    assertThat(results.get(2).get().version()).isEqualTo(3);
    assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> results.get(1).get());
    assertThat(crew.eventsAfter(position)).hasSize(2);
    assertThat(rename(broken, "works again").version()).isEqualTo(2);
  }
}
