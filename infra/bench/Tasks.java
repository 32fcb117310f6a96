import io.netty.channel.EventLoopGroup;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Task changes by REST, and sockets that watch tasks: managers, who see all, and members, each of
 * whom sees those of one employee. Every change is {@code PATCH …/tasks/<id>} of the description to a
 * number that is used once, so that a socket can tell which ones it has had.
 */
final class Tasks implements AutoCloseable {
  static final int WRITERS = 16;
  static final int TASKS = 200;
  private static final int MOST = 1 << 20;
  private static final long DRAIN_NANOS = 30_000_000_000L;
  private static final Pattern NUMBER = Pattern.compile("\"description\":\"n(\\d+)\"");
  private static final Pattern SEQ = Pattern.compile("\"seq\":(\\d+)");
  private static final Pattern ID = Pattern.compile("\"id\":(\\d+)");

  /**
   * What a run came to.
   *
   * @param wrong deliveries that were missing, double, out of order or of tasks that one may not
   *     see; 0 or it is a fault
   */
  record Result(
      String name,
      double perSecond,
      double deliveriesPerSecond,
      double ackP50Ms,
      double ackP99Ms,
      double p50Ms,
      double p99Ms,
      long changes,
      long deliveries,
      long refused,
      long wrong) {}

  private final HttpClient http = HttpClient.newHttpClient();
  private final int port;
  private final String writerToken;
  private final long[] tasks = new long[TASKS];
  private final int employees;
  private final List<Watcher> watchers = new ArrayList<>();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicLongArray sentAt = new AtomicLongArray(MOST);
  private final AtomicIntegerArray employeeOf = new AtomicIntegerArray(MOST);

  /**
   * Makes employees for the members, and tasks that are theirs in turn.
   *
   * @param manager token of a manager, who writes
   * @param managers tokens of watchers who see all
   * @param members tokens of watchers who see what is theirs
   * @param names their usernames
   */
  Tasks(
      EventLoopGroup loops,
      int port,
      String manager,
      List<String> managers,
      List<String> members,
      List<String> names,
      int sockets) {
    this.port = port;
    this.writerToken = manager;
    this.employees = members.size();
    long[] employeeIds = new long[employees];
    for (int i = 0; i < employees; i++) {
      employeeIds[i] =
          created(
              "/api/employees",
              "{\"name\":\"Employee %d\",\"username\":\"%s\"}".formatted(i, names.get(i)));
    }
    for (int i = 0; i < TASKS; i++) {
      tasks[i] =
          created(
              "/api/tasks",
              "{\"title\":\"Task %d\",\"employeeId\":%d}".formatted(i, employeeIds[i % employees]));
    }
    for (int i = 0; i < sockets; i++) {
      boolean all = i % 2 == 0;
      int who = i / 2 % (all ? managers.size() : employees);
      Watcher watcher = new Watcher(all ? -1 : who);
      watcher.wire =
          Wire.connect(loops, port, all ? managers.get(who) : members.get(who), watcher);
      String reply = watcher.wire.call("{\"id\":\"c\",\"type\":\"tasks.watch\",\"limit\":0}");
      if (!reply.contains("\"initialized\"")) {
        throw new IllegalStateException("tasks.watch was answered with " + reply);
      }
      watchers.add(watcher);
    }
  }

  /**
   * Changes tasks for some time and waits until everybody has had them.
   *
   * @param perSecond changes a second, 0 for as many as the writers can
   */
  Result run(String name, int perSecond, double seconds) throws InterruptedException {
    long firstNumber = numbers.get();
    watchers.forEach(Watcher::begin);
    Histogram acks = new Histogram();
    AtomicLong refused = new AtomicLong();
    AtomicLong due = new AtomicLong();
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    while (true) {
                      long at = System.nanoTime();
                      if (perSecond > 0) {
                        at = start + due.getAndIncrement() * 1_000_000_000L / perSecond;
                        for (long left; (left = at - System.nanoTime()) > 0 && at < end; ) {
                          LockSupport.parkNanos(left);
                        }
                      }
                      if (at >= end) {
                        return;
                      }
                      int number = (int) numbers.getAndIncrement();
                      // A late change counts from when it should have left.
                      if (change(number, at)) {
                        synchronized (acks) {
                          acks.record(System.nanoTime() - at);
                        }
                      } else {
                        refused.incrementAndGet();
                      }
                    }
                  }));
    }
    for (Thread writer : writers) {
      writer.join();
    }
    double took = (System.nanoTime() - start) / 1e9;
    long lastNumber = numbers.get();
    long[] wanted = new long[employees];
    for (long number = firstNumber; number < lastNumber; number++) {
      wanted[employeeOf.get((int) number)]++;
    }
    long changes = lastNumber - firstNumber;
    long giveUp = System.nanoTime() + DRAIN_NANOS;
    while (System.nanoTime() < giveUp
        && watchers.stream().anyMatch(watcher -> watcher.deliveries < watcher.due(wanted, changes))) {
      LockSupport.parkNanos(10_000_000);
    }
    Histogram latency = new Histogram();
    long deliveries = 0;
    long wrong = 0;
    for (Watcher watcher : watchers) {
      latency.add(watcher.latency);
      deliveries += watcher.deliveries;
      wrong += watcher.wrong + Math.abs(watcher.deliveries - watcher.due(wanted, changes));
      wrong += watcher.wire.closed() == null ? 0 : 1;
    }
    return new Result(
        name,
        (changes - refused.get()) / took,
        deliveries / took,
        acks.millis(0.5),
        acks.millis(0.99),
        latency.millis(0.5),
        latency.millis(0.99),
        changes,
        deliveries,
        refused.get(),
        wrong);
  }

  private boolean change(int number, long at) {
    int task = number % TASKS;
    employeeOf.set(number, task % employees);
    sentAt.set(number, at);
    String body = "{\"description\":\"n" + number + "\"}";
    return send("PATCH", "/api/tasks/" + tasks[task], body).statusCode() == 200;
  }

  private long created(String path, String body) {
    HttpResponse<String> answer = send("POST", path, body);
    Matcher id = ID.matcher(answer.body());
    if (answer.statusCode() != 201 || !id.find()) {
      throw new IllegalStateException(path + " was answered with " + answer.body());
    }
    return Long.parseLong(id.group(1));
  }

  private HttpResponse<String> send(String method, String path, String body) {
    try {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .timeout(Duration.ofSeconds(20))
              .header("Authorization", "Bearer " + writerToken)
              .header("Content-Type", "application/json")
              .method(method, BodyPublishers.ofString(body))
              .build(),
          BodyHandlers.ofString());
    } catch (java.io.IOException | InterruptedException e) {
      throw new IllegalStateException(method + " " + path + " failed", e);
    }
  }

  /** Closes the sockets. */
  void leave() {
    watchers.forEach(watcher -> watcher.wire.close());
    watchers.clear();
  }

  @Override
  public void close() {
    leave();
    http.close();
  }

  /** One socket; on its loop but for the figures, which are read when all is still. */
  private final class Watcher implements Wire.Listener {
    private final int employee;
    private Wire wire;
    private volatile Histogram latency = new Histogram();
    private volatile long deliveries;
    private volatile long wrong;
    private long last;
    private long now;

    /** @param employee whose tasks it sees; -1 for all */
    Watcher(int employee) {
      this.employee = employee;
    }

    void begin() {
      latency = new Histogram();
      deliveries = 0;
      wrong = 0;
    }

    long due(long[] ofEmployee, long all) {
      return employee < 0 ? all : ofEmployee[employee];
    }

    @Override
    public void reading(long now) {
      this.now = now;
    }

    @Override
    public void reply(Wire from, long id, boolean ok) {}

    @Override
    public void notice(Wire from, String text) {
      if (text.startsWith("{\"type\":\"reset") || text.startsWith("{\"type\":\"removed")) {
        wrong++;
      }
      if (!text.startsWith("{\"type\":\"task:updated")) {
        return;
      }
      Matcher seq = SEQ.matcher(text);
      Matcher number = NUMBER.matcher(text);
      if (!seq.find() || !number.find()) {
        wrong++;
        return;
      }
      long at = Long.parseLong(seq.group(1));
      int change = Integer.parseInt(number.group(1));
      if (at <= last || employee >= 0 && employeeOf.get(change) != employee) {
        wrong++;
      }
      last = at;
      latency.record(now - sentAt.get(change));
      deliveries++;
    }
  }
}
