package io.crewline.realtime;

import io.crewline.account.Identity;
import io.crewline.journal.Topic;
import jakarta.inject.Singleton;

/** A {@code user:} topic is its user's alone. */
@Singleton
final class UserTopicAuthorizer implements TopicAuthorizer {
  @Override
  public boolean owns(Topic topic) {
    return topic.username() != null;
  }

  @Override
  public boolean mayWatch(Identity identity, Topic topic) {
    return identity.username().equals(topic.username());
  }
}
