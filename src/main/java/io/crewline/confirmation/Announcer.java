package io.crewline.confirmation;

import io.crewline.confirmation.ConfirmationEvent.ConfirmationUpdated;
import io.crewline.confirmation.ConfirmationRepository.Row;
import io.crewline.journal.DomainEvent;
import io.crewline.platform.Database;
import io.crewline.task.EmployeeRef;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.Set;

/**
 * Tells the maker of a confirmation of its changes, once in each transaction: the event shows what
 * the transaction has made of it in the end. Thread-safe.
 */
@Singleton
final class Announcer {
  private final Confirmations confirmations;
  private final Database database;
  private final ApplicationEventPublisher<DomainEvent> events;
  private final ThreadLocal<Set<Long>> told = new ThreadLocal<>();

  Announcer(
      Confirmations confirmations,
      Database database,
      ApplicationEventPublisher<DomainEvent> events) {
    this.confirmations = confirmations;
    this.database = database;
    this.events = events;
  }

  /** In the transaction of the change. The first call of a transaction decides what it is about. */
  void changed(Row row, boolean acknowledged) {
    Set<Long> ids = told.get();
    if (ids == null) {
      ids = new HashSet<>();
      told.set(ids);
      database.afterCompletion(told::remove);
    }
    if (ids.add(row.id())) {
      events.publishEvent(
          new ConfirmationUpdated(
              row.id(),
              row.createdBy(),
              new EmployeeRef(row.employeeId(), row.employeeName()),
              acknowledged,
              () -> confirmations.require(row.id())));
    }
  }
}
