package io.crewline.confirmation;

import io.crewline.confirmation.ConfirmationRepository.Row;
import io.crewline.journal.DomainEvent;
import io.crewline.task.EmployeeRef;
import io.crewline.task.Task;
import io.crewline.task.TaskEvent.TaskDeleted;
import io.crewline.task.TaskEvent.TaskUpdated;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes reassigned and deleted tasks off their links, and tells of progress, in the transaction
 * that changes the task.
 */
@Singleton
final class TaskListener {
  private static final List<String> PROGRESS = List.of("status", "acknowledgedAt");

  private final ConfirmationRepository confirmations;
  private final Announcer announcer;
  private final Clock clock;

  TaskListener(ConfirmationRepository confirmations, Announcer announcer, Clock clock) {
    this.confirmations = confirmations;
    this.announcer = announcer;
    this.clock = clock;
  }

  @EventListener
  void on(DomainEvent event) {
    switch (event) {
      case TaskDeleted deleted -> leave(deleted.task(), null);
      case TaskUpdated updated -> changed(updated);
      default -> {}
    }
  }

  private void changed(TaskUpdated update) {
    Long employee = employee(update.task());
    Long former = employee(update.before());
    if (former != null && !former.equals(employee)) {
      leave(update.task(), employee);
    } else if (update.changed().stream().anyMatch(PROGRESS::contains)) {
      announce(confirmations.withTask(update.task().id(), clock.instant()));
    }
  }

  private void leave(Task task, @Nullable Long employeeId) {
    List<Row> links = confirmations.withTask(task.id(), clock.instant());
    confirmations.removeTask(task.id(), employeeId, clock.instant().truncatedTo(ChronoUnit.MILLIS));
    announce(links);
  }

  private void announce(List<Row> links) {
    links.forEach(link -> announcer.changed(link, false));
  }

  private static @Nullable Long employee(Task task) {
    EmployeeRef employee = task.employee();
    return employee == null ? null : employee.id();
  }
}
