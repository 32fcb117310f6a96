package io.crewline.notification;

import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/**
 * What happens to a user's notifications, on their own topic. How many are unread is counted when
 * the journal asks for the payload: then the topic is locked, so the number is right as of this
 * event whoever else writes at the same time.
 */
sealed interface NotificationEvent extends DomainEvent {

  /**
   * The user is told something.
   *
   * @param later how many more of the same transaction follow for this user
   */
  record NotificationCreated(
      String username, Notification notification, UnreadCounts counts, int later)
      implements NotificationEvent {
    @Override
    public Topic topic() {
      return Topic.user(username);
    }

    @Override
    public String type() {
      return "notification.new";
    }

    @Override
    public Object data() {
      return new CreatedData(notification, counts.of(username) - later);
    }
  }

  /** The user has read some. */
  record NotificationsRead(String username, List<Long> ids, UnreadCounts counts, Instant readAt)
      implements NotificationEvent {
    @Override
    public Topic topic() {
      return Topic.user(username);
    }

    @Override
    public String type() {
      return "notification.read";
    }

    @Override
    public Object data() {
      return new ReadData(ids, counts.of(username), readAt);
    }
  }

  /**
   * @param unread how many are unread from here on
   */
  @Serdeable
  record CreatedData(Notification notification, long unread) {}

  /**
   * @param ids those that are read now and were not before
   * @param unread how many are unread from here on
   */
  @Serdeable
  record ReadData(List<Long> ids, long unread, Instant readAt) {}
}
