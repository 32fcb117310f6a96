package io.crewline.notification;

import io.crewline.account.Identity;
import io.crewline.realtime.ConnectedField;
import io.micronaut.core.annotation.Order;
import jakarta.inject.Singleton;

/** {@code unreadNotifications} of the {@code connected} reply. */
@Singleton
@Order(1) // after what counts messages, so that the reply is the same each time
final class UnreadNotificationsField implements ConnectedField {
  private final NotificationService notifications;

  UnreadNotificationsField(NotificationService notifications) {
    this.notifications = notifications;
  }

  @Override
  public String name() {
    return "unreadNotifications";
  }

  @Override
  public Object value(Identity identity) {
    return notifications.unread(identity);
  }
}
