package io.crewline.platform;

import io.micronaut.core.propagation.PropagatedContextElement;

/**
 * Something that wants to commit with the work of a call. Put it into the propagated context of the
 * call; {@link Database} asks it at the end of each transaction that runs in that context.
 */
public interface TransactionParticipant extends PropagatedContextElement {
  /**
   * Runs inside the transaction, after its work; may use {@link Database}; a failure rolls back.
   */
  void beforeCommit();
}
