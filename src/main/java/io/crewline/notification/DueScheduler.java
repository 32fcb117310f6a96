package io.crewline.notification;

import io.crewline.notification.ReminderRepository.Reminder;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Settings;
import io.crewline.platform.Watchdog;
import io.crewline.task.Task;
import io.crewline.task.TaskService;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells users that tasks of theirs are due soon or overdue. Runs on every node and acts once: a
 * reminder belongs to the transaction that claims it, and what was told for a due time is not told
 * again.
 */
@Singleton
final class DueScheduler {
  private static final Logger LOG = LoggerFactory.getLogger(DueScheduler.class);
  private static final int AT_ONCE = 200;

  private final Database database;
  private final ReminderRepository reminders;
  private final Notifier notifier;
  private final TaskService tasks;
  private final Settings settings;
  private final Clock clock;
  private final Watchdog.Watch watch;

  DueScheduler(
      Database database,
      ReminderRepository reminders,
      Notifier notifier,
      TaskService tasks,
      Settings settings,
      Clock clock,
      Watchdog watchdog) {
    this.watch = watchdog.watch("reminders");
    this.database = database;
    this.reminders = reminders;
    this.notifier = notifier;
    this.tasks = tasks;
    this.settings = settings;
    this.clock = clock;
  }

  @Scheduled(initialDelay = "10s", fixedDelay = "15s")
  @ExecuteOn(TaskExecutors.BLOCKING)
  void run() {
    watch.during(this::remind);
  }

  private void remind() {
    try {
      remindAt(clock.instant());
    } catch (ApiException e) {
      LOG.debug("Reminders wait for the database: {}", e.detail());
    }
  }

  /** Tells all that is to be told at a time. */
  void remindAt(Instant now) {
    remind(NotificationKind.TASK_OVERDUE, now, now);
    remind(NotificationKind.TASK_DUE_SOON, now.plus(settings.dueSoon()), now);
  }

  /** Works in short transactions until nothing is left. */
  private void remind(NotificationKind kind, Instant limit, Instant now) {
    int claimed;
    do {
      claimed = database.transaction(() -> remindSome(kind, limit, now));
      watch.progress();
    } while (claimed == AT_ONCE);
  }

  private int remindSome(NotificationKind kind, Instant limit, Instant now) {
    List<Reminder> claimed = reminders.claim(kind, limit, AT_ONCE);
    if (claimed.isEmpty()) {
      return 0;
    }
    Map<Long, Instant> dueTimes = new HashMap<>();
    claimed.forEach(each -> dueTimes.put(each.taskId(), each.dueAt()));
    Map<Long, String> assignees = tasks.assignees(dueTimes.keySet());
    Map<Long, String> authors = reminders.authors(dueTimes.keySet());
    List<Cause> causes = new ArrayList<>();
    for (Task task : tasks.byIds(dueTimes.keySet())) {
      String username = assignees.get(task.id());
      if (username == null && kind == NotificationKind.TASK_OVERDUE) {
        username = authors.get(task.id());
      }
      if (username != null && isStill(kind, task, dueTimes.get(task.id()), now)) {
        causes.add(
            new Cause(
                username,
                kind,
                kind.wireName() + ":" + task.id() + ":" + task.dueAt(),
                null,
                TaskListener.about(task)));
      }
    }
    notifier.tell(causes);
    return claimed.size();
  }

  /** Whether it is worth telling: not finished, not put off, and not overdue instead of soon. */
  private static boolean isStill(
      NotificationKind kind, Task task, @Nullable Instant planned, Instant now) {
    Instant dueAt = task.dueAt();
    return dueAt != null
        && dueAt.equals(planned)
        && !task.status().isFinal()
        && (kind == NotificationKind.TASK_OVERDUE || dueAt.isAfter(now));
  }
}
