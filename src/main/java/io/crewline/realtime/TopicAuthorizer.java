package io.crewline.realtime;

import io.crewline.account.Identity;
import io.crewline.journal.Topic;

/** Says who may watch a kind of topic. Declared by the feature that owns the kind. */
public interface TopicAuthorizer {
  /** Whether this authorizer answers for the topic. */
  boolean owns(Topic topic);

  /** Whether the user may watch it at present. May block. */
  boolean mayWatch(Identity identity, Topic topic);

  /**
   * Whether the user, who may watch the topic, sees all of it. Others see what its events' {@link
   * io.crewline.journal.Audience} grants them. Depends on nothing but the identity.
   */
  default boolean seesAll(Identity identity, Topic topic) {
    return true;
  }
}
