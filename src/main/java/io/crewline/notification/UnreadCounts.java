package io.crewline.notification;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many notifications are unread for the users that one transaction is about: asked once, for
 * all of them, when the first is asked for. Not thread-safe.
 */
final class UnreadCounts {
  private final NotificationRepository notifications;
  private final Collection<String> usernames;
  private @Nullable Map<String, Long> counts;

  UnreadCounts(NotificationRepository notifications, Collection<String> usernames) {
    this.notifications = notifications;
    this.usernames = usernames;
  }

  long of(String username) {
    Map<String, Long> known = counts;
    if (known == null) {
      known = notifications.unread(usernames);
      counts = known;
    }
    return known.getOrDefault(username, 0L);
  }
}
