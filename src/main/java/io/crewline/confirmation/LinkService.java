package io.crewline.confirmation;

import io.crewline.confirmation.LinkAccess.Link;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Text;
import io.crewline.task.Actor;
import io.crewline.task.Task;
import io.crewline.task.TaskService;
import io.crewline.task.TaskStatus;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is done by link. Each call is one transaction, which locks the link first: calls by one link
 * follow one another, so that of many equal ones at the same time the first has an effect and the
 * others find it done.
 *
 * <p>A repeat is told by its key, where the client gives one. Without a key, the same request as
 * the last of its task is a repeat as long as the task still has the status that it set.
 */
@Singleton
final class LinkService {
  private static final int ATTEMPTS = 3;

  private final LinkAccess access;
  private final ConfirmationRepository confirmations;
  private final Announcer announcer;
  private final TaskService tasks;
  private final Database database;
  private final Clock clock;
  private final SharedCalls<Call, Shown> acknowledgements = new SharedCalls<>();
  private final SharedCalls<Call, Task> statuses = new SharedCalls<>();

  LinkService(
      LinkAccess access,
      ConfirmationRepository confirmations,
      Announcer announcer,
      TaskService tasks,
      Database database,
      Clock clock) {
    this.access = access;
    this.confirmations = confirmations;
    this.announcer = announcer;
    this.tasks = tasks;
    this.database = database;
    this.clock = clock;
  }

  /** What makes two calls equal; the first is the hash of the token. */
  private record Call(ByteBuffer link, List<Object> rest) {}

  /** A link and its tasks. */
  record Shown(Link link, List<Task> tasks) {}

  /** What the link shows now. Changes nothing. */
  Shown show(byte[] hash) {
    return database.snapshot(() -> shown(access.require(hash)));
  }

  private Shown shown(Link link) {
    return new Shown(link, onLink(link));
  }

  /** Also not those of others that were given away at the moment in which the link was made. */
  private List<Task> onLink(Link link) {
    return tasks.byIds(confirmations.tasks(link.id())).stream()
        .filter(task -> isOf(link, task))
        .toList();
  }

  private static boolean isOf(Link link, Task task) {
    return task.employee() != null && task.employee().id() == link.employee().id();
  }

  /** The employee has received the tasks. Only the first time has an effect. */
  Shown acknowledge(byte[] hash) {
    Call call = new Call(ByteBuffer.wrap(hash), List.of());
    return acknowledgements.call(call, () -> acknowledgeOnce(hash));
  }

  private Shown acknowledgeOnce(byte[] hash) {
    return unlessOvertaken(
        () -> {
          Link link = access.lock(hash);
          if (link.row().acknowledgedAt() == null) {
            announcer.changed(link.row(), true);
            confirmations.acknowledge(link.id(), clock.instant().truncatedTo(ChronoUnit.MILLIS));
            List<Long> known = onLink(link).stream().map(Task::id).toList();
            tasks.acknowledge(known, actor(link));
            if (!onLink(link).stream().map(Task::id).toList().equals(known)) {
              throw new OvertakenException();
            }
          }
          return shown(access.require(hash));
        });
  }

  /**
   * Sets the status of a task, with a note if there is one.
   *
   * @param key tells repeats; null for none
   */
  Task setStatus(
      byte[] hash, long taskId, TaskStatus status, @Nullable String note, @Nullable String key) {
    Text.optional("note", note, TaskService.NOTE_LENGTH);
    byte[] request =
        LinkAccess.hash(taskId + " " + status.wireName() + " " + (note == null ? "" : note));
    Call call =
        new Call(ByteBuffer.wrap(hash), List.of(ByteBuffer.wrap(request), key == null ? "" : key));
    return statuses.call(call, () -> setStatusOnce(hash, taskId, status, note, key, request));
  }

  private Task setStatusOnce(
      byte[] hash,
      long taskId,
      TaskStatus status,
      @Nullable String note,
      @Nullable String key,
      byte[] request) {
    return database.transaction(
        () -> {
          Link link = access.lock(hash);
          Task before = require(link, taskId);
          boolean repeated =
              key == null
                  ? before.status() == status && confirmations.wasLast(link.id(), taskId, request)
                  : isRepeat(link, key, request);
          if (repeated) {
            return before;
          }
          if (before.status() != status && !LinkTask.next(before.status()).contains(status)) {
            throw notAllowed(before, status);
          }
          Task after = tasks.setStatus(taskId, status, note, actor(link));
          require(link, taskId);
          if (key == null) {
            confirmations.setLastRequest(link.id(), taskId, request);
          } else {
            confirmations.addCall(link.id(), key, request);
          }
          return after;
        });
  }

  /** Whether an image with this key was added before; then there is no need to store it again. */
  Optional<Task> addedBefore(byte[] hash, long taskId, @Nullable String key) {
    return database.transaction(
        () -> {
          Link link = access.require(hash);
          Task task = require(link, taskId);
          return key != null && isRepeat(link, key, imageOf(taskId))
              ? Optional.of(task)
              : Optional.empty();
        });
  }

  /** Adds a stored image to a task. */
  Task addImage(byte[] hash, long taskId, long attachmentId, @Nullable String key) {
    return database.transaction(
        () -> {
          Link link = access.lock(hash);
          Task before = require(link, taskId);
          if (key != null) {
            if (isRepeat(link, key, imageOf(taskId))) {
              return before;
            }
            confirmations.addCall(link.id(), key, imageOf(taskId));
          }
          Task after = tasks.addImage(taskId, attachmentId, actor(link));
          require(link, taskId);
          return after;
        });
  }

  /** Refuses an image that is not of a task on the link. */
  void requireImage(byte[] hash, long imageId) {
    boolean shown =
        show(hash).tasks().stream()
            .flatMap(task -> task.images().stream())
            .anyMatch(image -> image.id() == imageId);
    if (!shown) {
      throw ApiException.notFound("image");
    }
  }

  private boolean isRepeat(Link link, String key, byte[] request) {
    byte[] before = confirmations.call(link.id(), key).orElse(null);
    if (before != null && !Arrays.equals(before, request)) {
      throw ApiException.of(
          ErrorCode.UNPROCESSABLE, "this Idempotency-Key was used with another request");
    }
    return before != null;
  }

  private static byte[] imageOf(long taskId) {
    return LinkAccess.hash("image " + taskId);
  }

  /** Asked again when the change holds the task: it may have left the link in the meantime. */
  private Task require(Link link, long taskId) {
    if (!confirmations.hasTask(link.id(), taskId)) {
      throw ApiException.notFound("task");
    }
    Task task = tasks.require(taskId);
    if (!isOf(link, task)) {
      throw ApiException.notFound("task");
    }
    return task;
  }

  private static ApiException notAllowed(Task task, TaskStatus status) {
    List<String> allowed = LinkTask.next(task.status()).stream().map(TaskStatus::wireName).toList();
    return ApiException.of(
            ErrorCode.STATUS_NOT_ALLOWED,
            "a task that is %s cannot be set to %s by link, but to %s"
                .formatted(
                    task.status(), status, allowed.isEmpty() ? "none" : String.join(", ", allowed)))
        .with("allowed", allowed);
  }

  private static Actor actor(Link link) {
    return Actor.employee(link.employee().id(), link.employee().name());
  }

  /** A task left the link while the call waited for it: what was done must not stand. */
  private static final class OvertakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OvertakenException() {
      super(null, null, false, false);
    }
  }

  private <T> T unlessOvertaken(Supplier<T> work) {
    for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
      try {
        return database.transaction(work);
      } catch (OvertakenException e) {
        // Again, with the tasks that are left.
      }
    }
    return database.transaction(work);
  }
}
