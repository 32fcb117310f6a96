package io.crewline.notification;

import io.crewline.confirmation.ConfirmationEvent;
import io.crewline.journal.DomainEvent;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.inject.Singleton;

/** Tells who made a confirmation that its employee has acknowledged it, once for each. */
@Singleton
final class ConfirmationListener {
  private final Notifier notifier;

  ConfirmationListener(Notifier notifier) {
    this.notifier = notifier;
  }

  @EventListener
  void on(DomainEvent event) {
    if (event instanceof ConfirmationEvent confirmation && confirmation.acknowledged()) {
      notifier.tellLater(
          new Cause(
              confirmation.creator(),
              NotificationKind.CONFIRMATION_ACKNOWLEDGED,
              "confirmationAcknowledged:" + confirmation.confirmationId(),
              new NotificationBy(
                  NotificationBy.EMPLOYEE,
                  Long.toString(confirmation.employee().id()),
                  confirmation.employee().name()),
              NotificationData.confirmation(confirmation.confirmationId())));
    }
  }
}
