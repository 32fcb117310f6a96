package io.crewline.notification;

import io.crewline.account.Identity;
import io.crewline.journal.DomainEvent;
import io.crewline.notification.NotificationEvent.NotificationsRead;
import io.crewline.platform.ApiException;
import io.crewline.platform.BatchLoader;
import io.crewline.platform.Database;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A user's notifications. Those of others do not exist for anybody. Thread-safe.
 *
 * <p>Guarantee: marking as read what is read already makes no event.
 */
@Singleton
public final class NotificationService {
  private static final int USERS_AT_ONCE = 500;

  private final Database database;
  private final NotificationRepository notifications;
  private final ApplicationEventPublisher<DomainEvent> events;
  private final Clock clock;
  private final BatchLoader<String, Long> unread;

  NotificationService(
      Database database,
      NotificationRepository notifications,
      ApplicationEventPublisher<DomainEvent> events,
      Clock clock) {
    this.database = database;
    this.notifications = notifications;
    this.events = events;
    this.clock = clock;
    this.unread =
        new BatchLoader<>(
            USERS_AT_ONCE, names -> database.transaction(() -> notifications.unread(names)));
  }

  /** Some notifications, the newest first, and how many are unread, as of one moment. */
  record Found(List<Notification> notifications, long unread) {}

  /** Those with ids smaller than {@code before}, the newest first. */
  Found list(Identity caller, long before, boolean unreadOnly, int limit) {
    return database.snapshot(
        () ->
            new Found(
                notifications.before(caller.username(), before, unreadOnly, limit),
                counts(caller).of(caller.username())));
  }

  /** How many are unread. Those who ask at the same time share a query. */
  long unread(Identity caller) {
    Long count = unread.load(caller.username());
    return count == null ? 0 : count;
  }

  /**
   * Marks one as read.
   *
   * @return how many are unread afterwards
   * @throws ApiException NOT_FOUND
   */
  long markRead(Identity caller, long id) {
    return database.transaction(
        () -> {
          if (!notifications.exists(caller.username(), id)) {
            throw ApiException.notFound("notification");
          }
          return read(caller, List.of(id));
        });
  }

  /**
   * Marks some as read, all without ids; ids that are not the caller's are ignored.
   *
   * @return how many are unread afterwards
   */
  long markRead(Identity caller, @Nullable Collection<Long> ids) {
    return database.transaction(() -> read(caller, ids));
  }

  private long read(Identity caller, @Nullable Collection<Long> ids) {
    Instant at = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    List<Long> read = notifications.markRead(caller.username(), ids, at);
    if (!read.isEmpty()) {
      events.publishEvent(new NotificationsRead(caller.username(), read, counts(caller), at));
    }
    return counts(caller).of(caller.username());
  }

  private UnreadCounts counts(Identity caller) {
    return new UnreadCounts(notifications, Set.of(caller.username()));
  }

  /** What the caller wants to be told. */
  NotificationSettings settings(Identity caller) {
    return NotificationSettings.of(
        database.transaction(() -> notifications.muted(caller.username())));
  }

  /** Switches kinds on and off, by their wire names. */
  NotificationSettings change(Identity caller, Map<String, Boolean> wanted) {
    return database.transaction(
        () -> {
          Set<String> muted = notifications.lockMuted(caller.username());
          wanted.forEach(
              (kind, on) -> {
                if (on) {
                  muted.remove(kind);
                } else {
                  muted.add(kind);
                }
              });
          notifications.mute(caller.username(), muted);
          return NotificationSettings.of(muted);
        });
  }
}
