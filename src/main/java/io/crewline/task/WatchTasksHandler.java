package io.crewline.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.account.AccountService;
import io.crewline.account.Identity;
import io.crewline.journal.Journal;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.InputErrors;
import io.crewline.realtime.Command;
import io.crewline.realtime.CommandHandler;
import io.crewline.realtime.Reply;
import io.crewline.realtime.Session;
import io.crewline.realtime.Subscription;
import io.crewline.realtime.Subscriptions;
import io.crewline.task.TaskSearch.Found;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code tasks.watch}: answers with the tasks that the caller sees, which the events of the topic
 * then continue without a gap. With {@code after}, and if the position still fits, the missed
 * events follow instead.
 */
@Singleton
final class WatchTasksHandler implements CommandHandler {
  private final Subscriptions subscriptions;
  private final TaskSearch tasks;
  private final AccountService accounts;
  private final Journal journal;
  private final Database database;

  WatchTasksHandler(
      Subscriptions subscriptions,
      TaskSearch tasks,
      AccountService accounts,
      Journal journal,
      Database database) {
    this.subscriptions = subscriptions;
    this.tasks = tasks;
    this.accounts = accounts;
    this.journal = journal;
    this.database = database;
  }

  @Override
  public String type() {
    return "tasks.watch";
  }

  @Override
  public Reply handle(Session session, Command command) {
    InputErrors errors = new InputErrors();
    Position after =
        errors.<@Nullable Position>read(() -> command.fields().position("after"), null);
    int limit = errors.read(() -> limit(command.fields().number("limit")), 0);
    errors.check();
    String username = session.identity().username();
    Subscription subscription = subscriptions.open(session, Topic.TASKS);
    try {
      return database.snapshot(() -> answer(subscription, username, after, limit));
    } catch (RuntimeException e) {
      subscriptions.abandon(subscription);
      throw e;
    }
  }

  private static int limit(@Nullable Long limit) {
    if (limit == null) {
      return TaskSearch.SNAPSHOT;
    }
    if (limit < 0 || limit > TaskSearch.SNAPSHOT) {
      throw ApiException.badField("limit", limit + " (expected: 0 to " + TaskSearch.SNAPSHOT + ")");
    }
    return limit.intValue();
  }

  private Reply answer(
      Subscription subscription, String username, @Nullable Position after, int limit) {
    // Read here and not taken from the session: the snapshot must be of the sight at its position.
    Identity caller = accounts.identify(username);
    Position head = journal.head(Topic.TASKS);
    boolean recovered = after != null && !journal.readAfter(Topic.TASKS, after, 0).reset();
    Position from = recovered && after != null ? after : head;
    Found found = recovered ? new Found(List.of(), false) : tasks.snapshot(caller, limit);
    Initialized body =
        new Initialized(
            Topic.TASKS.name(),
            from.toString(),
            found.tasks(),
            found.more(),
            after == null ? null : recovered);
    return Reply.of("initialized", body).then(() -> subscription.startFromSnapshot(from, head));
  }

  /**
   * @param position events after this one follow
   * @param tasks those that are not done or cancelled first, the newest first; none when {@code
   *     recovered}
   * @param more whether the caller sees others
   * @param recovered whether {@code after} was accepted; absent when there was none
   */
  @Serdeable
  record Initialized(
      String topic,
      String position,
      List<Task> tasks,
      boolean more,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean recovered) {}
}
