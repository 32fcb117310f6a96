package io.crewline.journal;

import org.jspecify.annotations.Nullable;

/**
 * A durable change, named in the past tense. Publish it with an {@code
 * ApplicationEventPublisher<DomainEvent>} inside the transaction of the change; outside one,
 * publishing fails.
 *
 * <p>A feature that reacts to events of another declares an {@code @EventListener} method that
 * takes a {@code DomainEvent} and switches on what it is: it runs in the transaction of the change.
 * One that takes a subtype would never be called, since the publisher is one of {@code
 * DomainEvent}.
 */
public interface DomainEvent {
  /** The topic that it belongs to. */
  Topic topic();

  /** Its name on the wire, such as {@code message.new}. */
  String type();

  /**
   * Its payload: a {@code @Serdeable} value, written as JSON once, when the event is recorded. The
   * topic is locked by then, so a payload that is read from the database here is as of this event:
   * what those who locked the topic before have committed is seen.
   */
  Object data();

  /**
   * The sequence number, where the change itself had to know it and reserved it with {@link
   * Journal#reserve}; 0 lets the journal give the next one.
   */
  default long seq() {
    return 0;
  }

  /** Who may see it; null for everyone who may watch the topic. */
  default @Nullable Audience audience() {
    return null;
  }
}
