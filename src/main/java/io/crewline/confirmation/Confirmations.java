package io.crewline.confirmation;

import io.crewline.confirmation.Confirmation.Progress;
import io.crewline.confirmation.ConfirmationRepository.Row;
import io.crewline.platform.ApiException;
import io.crewline.task.Employee;
import io.crewline.task.EmployeeRef;
import io.crewline.task.Task;
import io.crewline.task.TaskService;
import io.crewline.task.TaskStatus;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** Reads confirmations as managers see them. Needs a transaction. */
@Singleton
final class Confirmations {
  private final ConfirmationRepository confirmations;
  private final TaskService tasks;

  Confirmations(ConfirmationRepository confirmations, TaskService tasks) {
    this.confirmations = confirmations;
    this.tasks = tasks;
  }

  Confirmation require(long id) {
    Row row = confirmations.find(id).orElseThrow(() -> ApiException.notFound("confirmation"));
    return of(List.of(row)).getFirst();
  }

  List<Confirmation> of(List<Row> rows) {
    Map<Long, List<Long>> taskIds = confirmations.tasks(rows.stream().map(Row::id).toList());
    Map<Long, Task> known =
        tasks.byIds(taskIds.values().stream().flatMap(List::stream).distinct().toList()).stream()
            .collect(Collectors.toMap(Task::id, task -> task));
    Map<Long, EmployeeRef> employees = new HashMap<>();
    return rows.stream()
        .map(
            row ->
                confirmation(
                    row,
                    employees.computeIfAbsent(row.employeeId(), id -> employee(row)),
                    taskIds.getOrDefault(row.id(), List.of()).stream()
                        .map(known::get)
                        .filter(Objects::nonNull)
                        .toList()))
        .toList();
  }

  /** By the name of now; one who is gone by the name of then. */
  private EmployeeRef employee(Row row) {
    return tasks
        .employee(row.employeeId())
        .map(Employee::ref)
        .orElseGet(() -> new EmployeeRef(row.employeeId(), row.employeeName()));
  }

  private static Confirmation confirmation(Row row, EmployeeRef employee, List<Task> onLink) {
    return new Confirmation(
        row.id(),
        employee,
        row.createdBy(),
        row.createdAt(),
        row.expiresAt(),
        row.acknowledgedAt(),
        row.revokedAt(),
        onLink.stream().map(Task::id).toList(),
        new Progress(
            onLink.size(),
            (int) onLink.stream().filter(task -> task.acknowledgedAt() != null).count(),
            count(onLink, TaskStatus.IN_PROGRESS),
            count(onLink, TaskStatus.DONE)));
  }

  private static int count(List<Task> tasks, TaskStatus status) {
    return (int) tasks.stream().filter(task -> task.status() == status).count();
  }
}
