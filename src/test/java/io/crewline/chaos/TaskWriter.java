package io.crewline.chaos;

import io.crewline.chaos.TaskBoard.LinkToken;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A manager who makes tasks, changes them, adds notes, deletes them and gives out links, always
 * with a key or the version that is known. Each change has a mark of its own in title, description
 * or note. Tasks of others it reads before it changes them.
 */
final class TaskWriter extends Caller {
  private static final int FEW = 8;
  private static final int MANY = 25;
  private static final List<String> STATUSES =
      List.of("open", "assigned", "acknowledged", "inProgress", "done", "cancelled");
  private static final List<String> PRIORITIES = List.of("low", "normal", "high", "urgent");

  private final int number;
  private final String token;
  private final int topic;
  private final List<Long> employees;
  private final TaskBoard board;
  private final Acknowledged acknowledged;
  private final Promises promises;
  private final Instant began = Instant.now().truncatedTo(ChronoUnit.MILLIS);

  /** Its own tasks as it knows them, by id. */
  private final Map<Long, Map<String, Object>> known = new LinkedHashMap<>();

  /** Another's task that it has just read. */
  private @Nullable Map<String, Object> read;

  private long changes;

  /**
   * @param number in its marks, different from those of all writers
   * @param topic the number of the topic of tasks among those of the acknowledgements
   */
  TaskWriter(
      int number,
      String token,
      int topic,
      List<Long> employees,
      TaskBoard board,
      double perSecond,
      Acknowledged acknowledged,
      Promises promises,
      World world,
      RandomGenerator random) {
    super("task-writer-" + number, perSecond, world, random);
    this.number = number;
    this.token = token;
    this.topic = topic;
    this.employees = employees;
    this.board = board;
    this.acknowledged = acknowledged;
    this.promises = promises;
  }

  @Override
  Call next() {
    Map<String, Object> other = read;
    if (other != null) {
      read = null;
      return change(other);
    }
    int dice = random.nextInt(100);
    if (known.size() < FEW || dice < 10) {
      return create();
    }
    Map<String, Object> task = List.copyOf(known.values()).get(random.nextInt(known.size()));
    if (known.size() > MANY || dice < 14) {
      return delete(task);
    }
    if (dice < 25) {
      return note(task);
    }
    if (dice < 33) {
      return link();
    }
    if (dice < 55) {
      Long id = board.anyTask(random);
      if (id != null && !known.containsKey(id)) {
        return new Call("GET", "/api/tasks/" + id, null, headers(), answer -> other(id, answer));
      }
    }
    return change(task);
  }

  private List<String> headers(String... more) {
    List<String> headers = new ArrayList<>(List.of("Authorization", "Bearer " + token));
    headers.addAll(List.of(more));
    return headers;
  }

  private Call create() {
    long key = SendKey.of(number, ++changes);
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("title", SendKey.text(key));
    body.put("priority", any(PRIORITIES));
    if (random.nextInt(3) == 0) {
      body.put("employeeId", any(employees));
    }
    return new Call(
        "POST",
        "/api/tasks",
        body,
        headers("Idempotency-Key", SendKey.text(key)),
        answer -> {
          if (answer.isGood()) {
            long id = id(answer.body());
            acknowledged.add(key, topic, id, answer.node());
            promises.saw(answer.body());
            known.put(id, answer.body());
            board.add(id);
          } else if (answer.status() == 409) {
            // It took effect, and the answer is lost.
            acknowledged.add(key, topic, Acknowledged.ANY, -1);
          } else {
            problem("a new task was answered " + answer);
          }
        });
  }

  private Call change(Map<String, Object> task) {
    long key = SendKey.of(number, ++changes);
    boolean whole = random.nextInt(5) == 0;
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("description", SendKey.text(key));
    if (whole) {
      body.put("title", Objects.requireNonNull(task.get("title")));
      body.put("priority", any(PRIORITIES));
      body.put("version", Link.number(task.get("version")));
      if (task.get("employee") != null) {
        body.put("employee", Link.object(task, "employee"));
      }
    } else {
      switch (random.nextInt(4)) {
        case 0 -> body.put("status", any(STATUSES));
        case 1 -> body.put("priority", any(PRIORITIES));
        case 2 -> body.put("employeeId", any(employees));
        default -> {}
      }
    }
    List<String> headers =
        whole ? headers() : headers("If-Match", "\"" + Link.number(task.get("version")) + "\"");
    return new Call(
        whole ? "PUT" : "PATCH",
        "/api/tasks/" + id(task),
        body,
        headers,
        answer -> changed(task, key, answer));
  }

  private void changed(Map<String, Object> before, long key, Answer answer) {
    long id = id(before);
    if (answer.isGood()) {
      acknowledged.add(key, topic, id, answer.node());
      saw(answer.body());
      return;
    }
    switch (answer.status()) {
      case 404 -> forget(id);
      case 409 -> {
        Map<String, Object> current = Link.object(answer.body(), "current");
        saw(current);
        if (SendKey.text(key).equals(current.get("description"))) {
          acknowledged.add(key, topic, id, -1);
          if (answer.first()) {
            problem("a first try was refused and has taken effect: " + answer);
          }
          return;
        }
      }
      case 422 -> {}
      default -> problem("a change of " + before + " was answered " + answer);
    }
    if (answer.first()) {
      promises.refused(key);
    }
  }

  private Call delete(Map<String, Object> task) {
    long id = id(task);
    return new Call(
        "DELETE",
        "/api/tasks/" + id,
        null,
        headers("If-Match", "\"" + Link.number(task.get("version")) + "\""),
        answer -> {
          if (answer.status() == 409) {
            saw(Link.object(answer.body(), "current"));
          } else if (answer.isGood() || answer.status() == 404) {
            promises.changed(TaskComparison.TASKS, Facts.taskDeleted(id));
            forget(id);
          } else {
            problem("a delete was answered " + answer);
          }
        });
  }

  private Call note(Map<String, Object> task) {
    long id = id(task);
    long key = SendKey.of(number, ++changes);
    return new Call(
        "POST",
        "/api/tasks/" + id + "/notes",
        Map.of("text", SendKey.text(key)),
        headers("Idempotency-Key", SendKey.text(key)),
        answer -> {
          switch (answer.status()) {
            case 201, 409 -> acknowledged.add(key, topic, id, answer.node());
            case 404, 422 -> {
              if (answer.status() == 404) {
                forget(id);
              }
              if (answer.first()) {
                promises.refused(key);
              }
            }
            default -> problem("a note was answered " + answer);
          }
        });
  }

  /** A link is known by its end, to the millisecond. */
  private Call link() {
    long count = ++changes;
    List<Long> ids = new ArrayList<>();
    for (long id : known.keySet()) {
      if (ids.size() < 3 && random.nextInt(3) == 0) {
        ids.add(id);
      }
    }
    if (ids.isEmpty()) {
      ids.add(known.keySet().iterator().next());
    }
    Object assigned = Objects.requireNonNull(known.get(ids.getFirst())).get("employee");
    long employee =
        assigned instanceof Map<?, ?> whose ? Link.number(whose.get("id")) : any(employees);
    String expiresAt =
        began.plus(10, ChronoUnit.DAYS).plusMillis(number * 1_000_000L + count).toString();
    return new Call(
        "POST",
        "/api/confirmations",
        Map.of("employeeId", employee, "taskIds", ids, "expiresAt", expiresAt),
        headers("Idempotency-Key", SendKey.text(SendKey.of(number, count))),
        answer -> {
          switch (answer.status()) {
            case 201 -> {
              promises.linkMade(expiresAt);
              board.add(new LinkToken(String.valueOf(answer.body().get("token")), expiresAt));
            }
            case 409 -> promises.linkMade(expiresAt);
            case 400 -> {} // one of them is another's by now
            default -> problem("a link was answered " + answer);
          }
        });
  }

  private void other(long id, Answer answer) {
    if (answer.isGood()) {
      promises.saw(answer.body());
      read = answer.body();
    } else if (answer.status() == 404) {
      board.remove(id);
    } else {
      problem("a task was answered " + answer);
    }
  }

  private void saw(Map<String, Object> task) {
    promises.saw(task);
    known.computeIfPresent(id(task), (id, before) -> task);
  }

  private void forget(long id) {
    known.remove(id);
    board.remove(id);
  }

  private static long id(Map<String, Object> task) {
    return Link.number(task.get("id"));
  }

  private <T> T any(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }
}
