package io.crewline.confirmation;

import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import io.crewline.task.EmployeeRef;
import java.util.function.Supplier;

/**
 * What happens to a confirmation, told to the user who made it. Published in the transaction of the
 * change, at most once for each confirmation in it.
 */
public sealed interface ConfirmationEvent extends DomainEvent {
  String UPDATED = "confirmation.updated";

  /** Which one. */
  long confirmationId();

  /** The username of who made it. */
  String creator();

  /** To whom the link was given. */
  EmployeeRef employee();

  /** Whether the employee has just acknowledged its tasks; once for each confirmation. */
  boolean acknowledged();

  @Override
  default Topic topic() {
    return Topic.user(creator());
  }

  /**
   * It was acknowledged or revoked, or its progress is another.
   *
   * @param state asked for when the event is recorded, as the last work of the transaction: then
   *     the topic is locked, so that later events never tell of an earlier progress
   */
  record ConfirmationUpdated(
      long confirmationId,
      String creator,
      EmployeeRef employee,
      boolean acknowledged,
      Supplier<Confirmation> state)
      implements ConfirmationEvent {
    @Override
    public String type() {
      return UPDATED;
    }

    @Override
    public Object data() {
      return state.get();
    }
  }
}
