package io.crewline.notification;

import io.crewline.chat.RoomService;
import io.crewline.journal.DomainEvent;
import io.crewline.notification.NotificationEvent.NotificationCreated;
import io.crewline.notification.NotificationRepository.Owned;
import io.crewline.platform.Database;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells users, in the transaction of what they are told. What a transaction has to tell is gathered
 * while it runs and stored with a few statements when its work is done, before its topics are
 * locked.
 */
@Singleton
final class Notifier {
  /** Older ones of a user are removed. */
  static final int KEPT = 1_000;

  private final Database database;
  private final NotificationRepository notifications;
  private final RoomService rooms;
  private final ApplicationEventPublisher<DomainEvent> events;
  private final Clock clock;
  private final ThreadLocal<@Nullable List<Supplier<List<Cause>>>> gathered = new ThreadLocal<>();

  Notifier(
      Database database,
      NotificationRepository notifications,
      RoomService rooms,
      ApplicationEventPublisher<DomainEvent> events,
      Clock clock) {
    this.database = database;
    this.notifications = notifications;
    this.rooms = rooms;
    this.events = events;
    this.clock = clock;
  }

  /** Tells it when the work of the current transaction is done, which must publish an event. */
  void tellLater(Cause cause) {
    tellLater(() -> List.of(cause));
  }

  /** The same for what is found out only then; it may use the database, but must not publish. */
  void tellLater(Supplier<List<Cause>> causes) {
    List<Supplier<List<Cause>>> known = gathered.get();
    if (known == null) {
      List<Supplier<List<Cause>>> fresh = new ArrayList<>();
      database.afterWork(() -> tell(fresh.stream().flatMap(some -> some.get().stream()).toList()));
      database.afterCompletion(gathered::remove);
      gathered.set(fresh);
      known = fresh;
    }
    known.add(causes);
  }

  /** Tells what was not told before, to those who want to know. At most once in a transaction. */
  void tell(List<Cause> all) {
    List<Cause> causes = ofMembers(all);
    if (causes.isEmpty()) {
      return;
    }
    Instant at = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    List<Owned> stored = notifications.insert(causes, at);
    Map<String, Integer> left = new HashMap<>();
    stored.forEach(each -> left.merge(each.username(), 1, Integer::sum));
    if (stored.isEmpty()) {
      return;
    }
    notifications.trim(left.keySet(), KEPT);
    UnreadCounts counts = new UnreadCounts(notifications, Set.copyOf(left.keySet()));
    for (Owned each : stored) {
      int later = left.merge(each.username(), -1, Integer::sum);
      events.publishEvent(
          new NotificationCreated(each.username(), each.notification(), counts, later));
    }
  }

  /** A room speaks only to its members. */
  private List<Cause> ofMembers(List<Cause> causes) {
    Map<String, Set<String>> mentioned = new TreeMap<>();
    for (Cause cause : causes) {
      String cid = cause.data().channel();
      if (cid != null) {
        mentioned.computeIfAbsent(cid, room -> new TreeSet<>()).add(cause.username());
      }
    }
    if (mentioned.isEmpty()) {
      return causes;
    }
    Map<String, Set<String>> members = rooms.membersAmong(mentioned);
    return causes.stream()
        .filter(
            cause -> {
              String cid = cause.data().channel();
              return cid == null || members.getOrDefault(cid, Set.of()).contains(cause.username());
            })
        .toList();
  }
}
