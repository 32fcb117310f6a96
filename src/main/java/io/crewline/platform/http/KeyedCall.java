package io.crewline.platform.http;

import io.crewline.platform.TransactionParticipant;
import io.crewline.platform.http.IdempotentCalls.Outcome.Answered;
import io.micronaut.http.HttpResponse;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A call with an {@code Idempotency-Key} while it runs. One thread at a time uses it. */
final class KeyedCall implements TransactionParticipant {
  private final IdempotentCalls calls;
  private final byte[] id;
  private final String owner;
  private final Function<HttpResponse<?>, @Nullable Answered> encode;
  private volatile boolean answering;
  private volatile @Nullable Answered committed;

  /**
   * @param encode gives the answer as it is recorded, or null for one that is not recorded
   */
  KeyedCall(
      IdempotentCalls calls,
      byte[] id,
      String owner,
      Function<HttpResponse<?>, @Nullable Answered> encode) {
    this.calls = calls;
    this.id = id.clone();
    this.owner = owner;
    this.encode = encode;
  }

  byte[] id() {
    return id.clone();
  }

  /** While it is true, the transactions that run are to record their answer themselves. */
  void answering(boolean now) {
    answering = now;
  }

  @Override
  public void beforeCommit() {
    if (!answering) {
      calls.markCommitted(id, owner);
    }
  }

  /**
   * Records the answer in the current transaction, that of the call's effect.
   *
   * @return the answer as it is recorded, for {@link #committed(Answered)} after the commit
   */
  @Nullable Answered record(HttpResponse<?> answer) {
    Answered answered = encode.apply(answer);
    calls.commit(id, owner, answered);
    return answered;
  }

  void committed(@Nullable Answered answer) {
    committed = answer;
  }

  /** The answer that was committed together with the effect; null when there is none. */
  @Nullable Answered committed() {
    return committed;
  }
}
