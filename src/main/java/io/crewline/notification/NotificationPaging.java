package io.crewline.notification;

import io.crewline.account.Identity;
import io.crewline.platform.ApiException;
import io.crewline.platform.Paging;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pages of notifications, the same for REST and for sockets. */
@Singleton
final class NotificationPaging {
  private final NotificationService notifications;

  NotificationPaging(NotificationService notifications) {
    this.notifications = notifications;
  }

  /**
   * One page.
   *
   * @param unread how many are unread in all
   * @param next the cursor of the next page; null at the end
   */
  record Page(List<Notification> items, long unread, @Nullable String next) {}

  Page page(Identity caller, int limit, @Nullable String cursor, boolean unreadOnly) {
    int checked = Paging.limit(limit);
    NotificationService.Found found =
        notifications.list(caller, before(cursor), unreadOnly, checked + 1);
    List<Notification> items = found.notifications();
    if (items.size() <= checked) {
      return new Page(items, found.unread(), null);
    }
    List<Notification> page = items.subList(0, checked);
    return new Page(
        page, found.unread(), Paging.cursor("notifications", Long.toString(page.getLast().id())));
  }

  private static long before(@Nullable String cursor) {
    if (cursor == null) {
      return Long.MAX_VALUE;
    }
    String key = Paging.key("notifications", cursor);
    if (!key.matches("\\d{1,18}")) {
      throw ApiException.badField("cursor", "is not one of this list");
    }
    return Long.parseLong(key);
  }
}
