package io.crewline.chaos;

import io.crewline.chaos.Client.World;
import io.crewline.chaos.Verdict.Kind;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The clients of a run: writers of messages and tasks, people with links, readers, one of them
 * slow, and readers of streams.
 */
final class Load implements AutoCloseable {
  /** The numbers of those who change tasks, in their marks, come after those of the writers. */
  private static final int TASK_WRITERS = 100;

  private static final int LINK_PEOPLE = 200;

  /** A key whose node died is free again after a minute. */
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** What came twice would come within this time after everything came once. */
  private static final long AFTERWARDS_MS = 3000;

  private final Cluster cluster;
  private final World world;
  private final List<Problem> problems = new ArrayList<>();
  private final AtomicLong deliveries = new AtomicLong();
  private final Acknowledged acknowledged;
  private final Promises promises = new Promises();
  private final List<Writer> writers = new ArrayList<>();
  private final List<Caller> callers = new ArrayList<>();
  private final Map<Long, Integer> tasksLeft = new HashMap<>();
  private final List<Map.Entry<String, Boolean>> linksLeft = new ArrayList<>();
  private final List<Reader> readers = new ArrayList<>();
  private final List<StreamReader> streams = new ArrayList<>();

  private record Problem(Kind kind, String text) {}

  Load(Cluster cluster, Connections connections, Goodbyes goodbyes, ChaosOptions options) {
    this.cluster = cluster;
    this.world = new World(cluster, connections, goodbyes, this::problem);
    Random random = new Random(options.seed());
    List<String> cids = new ArrayList<>();
    for (int i = 0; i < options.rooms(); i++) {
      cids.add("messaging:chaos-" + i);
    }
    List<String> topics = new ArrayList<>(cids.stream().map(cid -> "room:" + cid).toList());
    topics.add(TaskComparison.TASKS);
    acknowledged = new Acknowledged(topics);
    // Some readers are two devices of one user.
    int people = Math.max(2, options.readers() * 2 / 3);
    List<String> writerNames = names("writer-", 0, options.writers());
    List<String> managerNames = names("reader-", 0, people / 2);
    List<String> memberNames = names("reader-", people / 2, people);
    List<String> names = new ArrayList<>(managerNames);
    names.addAll(memberNames);
    List<String> writerTokens = cluster.createUsers(writerNames, "member");
    List<String> tokens = new ArrayList<>(cluster.createUsers(managerNames, "manager"));
    tokens.addAll(cluster.createUsers(memberNames, "member"));
    cids.forEach(cid -> cluster.createRoom(writerTokens.getFirst(), cid.substring(10)));
    double perSecond = options.perSecond() / options.writers();
    for (int i = 0; i < options.writers(); i++) {
      writers.add(
          new Writer(
              i,
              writerTokens.get(i),
              cids,
              names,
              perSecond,
              acknowledged,
              promises,
              world,
              fork(random)));
    }
    for (int i = 0; i < options.readers(); i++) {
      int person = i % people;
      boolean slow = options.slowReader() && i == options.readers() - 1;
      List<String> watched = new ArrayList<>(cids);
      for (int leave = slow ? 0 : options.rooms() / 4; leave > 0; leave--) {
        watched.remove(random.nextInt(watched.size()));
      }
      readers.add(
          new Reader(
              (slow ? "slow-reader-" : "reader-") + i,
              names.get(person),
              tokens.get(person),
              watched,
              person < managerNames.size(),
              slow,
              new ReaderLog(deliveries),
              promises,
              world,
              fork(random)));
    }
    for (int i = 0; i < options.streams(); i++) {
      // The first one of a manager, who sees all tasks; the others of a room.
      streams.add(
          new StreamReader(
              "stream-" + i,
              tokens.get(i % people),
              topics.get(i == 0 ? topics.size() - 1 : i % cids.size()),
              new ReaderLog(deliveries),
              world,
              fork(random)));
    }
    addCallers(options, tokens, memberNames, topics.size() - 1, random);
  }

  /** Those who change tasks: managers, and people who have nothing but links. */
  private void addCallers(
      ChaosOptions options,
      List<String> tokens,
      List<String> memberNames,
      int topic,
      Random random) {
    List<String> employed =
        new ArrayList<>(memberNames.subList(0, Math.min(3, memberNames.size())));
    employed.add("");
    List<Long> employees = cluster.createEmployees(employed);
    TaskBoard board = new TaskBoard();
    double perSecond = options.tasksPerSecond() / (options.taskWriters() + options.linkPeople());
    for (int i = 0; i < options.taskWriters(); i++) {
      callers.add(
          new TaskWriter(
              TASK_WRITERS + i,
              tokens.get(i % Math.max(1, tokens.size() - memberNames.size())),
              topic,
              employees,
              board,
              perSecond,
              acknowledged,
              promises,
              world,
              fork(random)));
    }
    for (int i = 0; i < options.linkPeople(); i++) {
      callers.add(
          new LinkPerson(
              LINK_PEOPLE + i,
              topic,
              board,
              perSecond,
              acknowledged,
              promises,
              world,
              fork(random)));
    }
  }

  private static List<String> names(String prefix, int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> prefix + i).toList();
  }

  private static Random fork(Random random) {
    return new Random(random.nextLong());
  }

  private void problem(Kind kind, String text) {
    synchronized (problems) {
      problems.add(new Problem(kind, text));
    }
  }

  List<Client> clients() {
    List<Client> clients = new ArrayList<>(writers);
    clients.addAll(readers);
    clients.addAll(streams);
    clients.addAll(callers);
    return clients;
  }

  long deliveries() {
    return deliveries.get();
  }

  /** Sends and changes that were acknowledged. */
  int acknowledged() {
    return acknowledged.size() + promises.size();
  }

  /** Changes of tasks that were acknowledged, and links. */
  int acknowledgedTasks() {
    int count = promises.links().size();
    for (int i = 0; i < acknowledged.size(); i++) {
      count += acknowledged.get(i).topic().equals(TaskComparison.TASKS) ? 1 : 0;
    }
    return count;
  }

  /** Starts the readers, waits until they watch, then starts the writers. */
  void start() {
    readers.forEach(Client::start);
    streams.forEach(Client::start);
    if (!await(
        () ->
            readers.stream().allMatch(Reader::watchesAll)
                && streams.stream().allMatch(StreamReader::watches))) {
      throw new IllegalStateException("the readers do not get to watch");
    }
    writers.forEach(Client::start);
    callers.forEach(Client::start);
  }

  /** Waits until so many more sends are acknowledged. */
  void awaitAcknowledged(int more) {
    int wanted = acknowledged() + more;
    if (!await(() -> acknowledged() >= wanted)) {
      throw new IllegalStateException("no progress: " + acknowledged() + " acknowledged");
    }
  }

  /** Ends the writing and waits, not forever, until all is acknowledged and received. */
  void settle() {
    writers.forEach(Writer::end);
    callers.forEach(Caller::end);
    if (!await(
        () ->
            writers.stream().allMatch(writer -> writer.open() == 0)
                && callers.stream().allMatch(caller -> caller.open().isEmpty()))) {
      Stream.concat(
              writers.stream().flatMap(writer -> writer.openSends().stream()),
              callers.stream().map(Caller::open).filter(call -> !call.isEmpty()))
          .forEach(open -> problem(Kind.FAILED_SEND, open + " is never answered"));
    }
    readers.forEach(Reader::settle);
    await(
        () -> {
          Map<String, Long> heads = heads();
          return logs().stream().allMatch(log -> log.reached(heads));
        });
    Cluster.pause(AFTERWARDS_MS);
    for (Map<String, Object> task : cluster.list("/api/tasks")) {
      tasksLeft.put(Link.number(task.get("id")), task.hashCode());
    }
    for (Map<String, Object> link : cluster.list("/api/confirmations")) {
      String end = Instant.parse(String.valueOf(link.get("expiresAt"))).toString();
      linksLeft.add(Map.entry(end, link.get("acknowledgedAt") != null));
    }
  }

  private Map<String, Long> heads() {
    try (Connection connection = cluster.postgres().connect()) {
      return JournalCopy.heads(connection);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean await(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      Cluster.pause(100);
    }
    return true;
  }

  private List<ReaderLog> logs() {
    List<ReaderLog> logs = new ArrayList<>();
    readers.forEach(reader -> logs.add(reader.log()));
    streams.forEach(stream -> logs.add(stream.log()));
    return logs;
  }

  private List<Received> received() {
    return logs().stream().flatMap(log -> log.all().stream()).toList();
  }

  /** Compares everything. The clients are stopped. */
  Verdict verdict(JournalCopy journal, LongFunction<String> circumstances) {
    Comparison comparison = new Comparison(journal, circumstances);
    comparison.journal();
    comparison.acknowledged(acknowledged);
    received().forEach(comparison::received);
    TaskComparison tasks = new TaskComparison(journal, comparison.verdict());
    tasks.promises(promises);
    tasks.tasks(tasksLeft);
    tasks.links(promises.links(), linksLeft);
    synchronized (problems) {
      problems.forEach(problem -> comparison.verdict().add(problem.kind(), 1, problem.text()));
    }
    return comparison.verdict();
  }

  /** How long the deliveries took, but for the reader that is slow on purpose. */
  Latencies latencies(JournalCopy journal, FaultLog faults) {
    Map<Long, Integer> committedBy = new HashMap<>();
    for (int i = 0; i < acknowledged.size(); i++) {
      Acknowledged.Ack ack = acknowledged.get(i);
      committedBy.put(ack.key(), ack.node());
    }
    Latencies latencies = new Latencies(faults, world.connections(), committedBy);
    for (Received received : received()) {
      JournalCopy.TopicCopy topic = journal.topic(received.topic);
      if (topic != null && !received.reader.startsWith("slow")) {
        latencies.add(received, topic);
      }
    }
    return latencies;
  }

  @Override
  public void close() {
    clients().forEach(Client::stop);
  }
}
