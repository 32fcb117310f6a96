package io.crewline.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What may follow what, written down a second time. */
final class TaskStatusTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.120Z");
  private static final Instant LATER = NOW.plusSeconds(60);
  private static final EmployeeRef ADA = new EmployeeRef(1, "Ada");
  private static final EmployeeRef KURT = new EmployeeRef(2, "Kurt");

  private static final Map<String, List<String>> TABLE =
      Map.of(
          "open", List.of("assigned", "acknowledged", "inProgress", "done", "cancelled"),
          "assigned", List.of("open", "acknowledged", "inProgress", "done", "cancelled"),
          "acknowledged", List.of("assigned", "inProgress", "done", "cancelled"),
          "inProgress", List.of("acknowledged", "done", "cancelled"),
          "done", List.of("inProgress"),
          "cancelled", List.of("open"));

  private static Task task(TaskStatus status) {
    TaskDraft draft = TaskDraft.create(1, NOW);
    draft.moveTo(status);
    return draft.task();
  }

  private static TaskDraft later(Task task) {
    return new TaskDraft(task, LATER);
  }

  @ParameterizedTest
  @EnumSource
  void onlyWhatTheTableSaysMayFollow(TaskStatus from) {
    List<String> allowed = Objects.requireNonNull(TABLE.get(from.wireName()));
    for (TaskStatus to : TaskStatus.values()) {
      TaskDraft draft = later(task(from));
      if (to == from || allowed.contains(to.wireName())) {
        draft.moveTo(to);
        assertThat(draft.task().status()).isEqualTo(to);
      } else {
        assertThatExceptionOfType(ApiException.class)
            .as(from + " to " + to)
            .isThrownBy(() -> draft.moveTo(to))
            .satisfies(
                refusal -> {
                  assertThat(refusal.code()).isEqualTo(ErrorCode.STATUS_NOT_ALLOWED);
                  assertThat(refusal.members()).containsEntry("allowed", allowed);
                });
        assertThat(draft.task().status()).isEqualTo(from);
      }
    }
  }

  @Test
  void everyStatusHasANameOfItsOwn() {
    for (TaskStatus status : TaskStatus.values()) {
      assertThat(TaskStatus.ofWireName(status.wireName())).isEqualTo(status);
    }
    assertThat(TaskStatus.ofWireName("IN_PROGRESS")).isNull();
    assertThat(TaskStatus.ofWireName(null)).isNull();
    assertThat(TaskStatus.wireNames()).containsExactlyInAnyOrderElementsOf(TABLE.keySet());
  }

  @Test
  void theFirstAcknowledgementCountsUntilTheTaskGoesBack() {
    Task acknowledged = task(TaskStatus.ACKNOWLEDGED);
    assertThat(acknowledged.acknowledgedAt()).isEqualTo(NOW);
    TaskDraft draft = later(acknowledged);
    draft.moveTo(TaskStatus.IN_PROGRESS);
    draft.moveTo(TaskStatus.ACKNOWLEDGED);
    assertThat(draft.task().acknowledgedAt()).isEqualTo(NOW);
    draft.moveTo(TaskStatus.ASSIGNED);
    assertThat(draft.task().acknowledgedAt()).isNull();
    draft.moveTo(TaskStatus.ACKNOWLEDGED);
    assertThat(draft.task().acknowledgedAt()).isEqualTo(LATER);
  }

  @Test
  void doneSetsTheTimeAndLeavingItTakesItAway() {
    Task done = task(TaskStatus.DONE);
    assertThat(done.completedAt()).isEqualTo(NOW);
    TaskDraft reopened = later(done);
    reopened.moveTo(TaskStatus.DONE);
    assertThat(reopened.task().completedAt()).isEqualTo(NOW);
    reopened.moveTo(TaskStatus.IN_PROGRESS);
    assertThat(reopened.task().completedAt()).isNull();
    assertThat(task(TaskStatus.CANCELLED).completedAt()).isNull();
  }

  @Test
  void theEmployeeMovesATaskThatHasNotBegun() {
    TaskDraft open = later(task(TaskStatus.OPEN));
    open.assign(ADA, true);
    assertThat(open.task().status()).isEqualTo(TaskStatus.ASSIGNED);
    open.acknowledge();
    open.assign(KURT, true);
    assertThat(open.task().status()).isEqualTo(TaskStatus.ASSIGNED);
    assertThat(open.task().acknowledgedAt()).isNull();
    open.acknowledge();
    open.assign(null, true);
    assertThat(open.task().status()).isEqualTo(TaskStatus.OPEN);
    assertThat(open.task().acknowledgedAt()).isNull();
    TaskDraft begun = later(task(TaskStatus.IN_PROGRESS));
    begun.assign(ADA, true);
    assertThat(begun.task().status()).isEqualTo(TaskStatus.IN_PROGRESS);
  }

  @Test
  void theSameEmployeeAgainTakesNothingBack() {
    TaskDraft draft = later(task(TaskStatus.OPEN));
    draft.assign(ADA, true);
    draft.acknowledge();
    draft.assign(new EmployeeRef(ADA.id(), "Ada King"), true);
    assertThat(draft.task().status()).isEqualTo(TaskStatus.ACKNOWLEDGED);
    assertThat(draft.task().acknowledgedAt()).isEqualTo(LATER);
  }

  @Test
  void acknowledgingWhatIsFurtherAlongKeepsItsStatus() {
    for (TaskStatus status : List.of(TaskStatus.IN_PROGRESS, TaskStatus.DONE)) {
      TaskDraft draft = later(task(status));
      draft.acknowledge();
      assertThat(draft.task().status()).isEqualTo(status);
      assertThat(draft.task().acknowledgedAt()).isEqualTo(LATER);
    }
    TaskDraft twice = later(task(TaskStatus.ACKNOWLEDGED));
    twice.acknowledge();
    assertThat(twice.task()).isEqualTo(task(TaskStatus.ACKNOWLEDGED));
  }
}
