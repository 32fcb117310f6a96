package io.crewline.chaos;

import io.crewline.chaos.Client.World;
import io.crewline.chaos.Verdict.Kind;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/** The clients of a run: writers, readers, one of them slow, and readers of streams. */
final class Load implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** What came twice would come within this time after everything came once. */
  private static final long AFTERWARDS_MS = 3000;

  private final Cluster cluster;
  private final World world;
  private final List<Problem> problems = new ArrayList<>();
  private final AtomicLong deliveries = new AtomicLong();
  private final Acknowledged acknowledged;
  private final List<Writer> writers = new ArrayList<>();
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
    List<String> topics = cids.stream().map(cid -> "room:" + cid).toList();
    acknowledged = new Acknowledged(topics);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < options.writers(); i++) {
      names.add("writer-" + i);
    }
    // Some readers are two devices of one user.
    int people = Math.max(1, options.readers() * 2 / 3);
    for (int i = 0; i < people; i++) {
      names.add("reader-" + i);
    }
    List<String> tokens = cluster.createUsers(names);
    cids.forEach(cid -> cluster.createRoom(tokens.getFirst(), cid.substring(10)));
    double perSecond = options.perSecond() / options.writers();
    for (int i = 0; i < options.writers(); i++) {
      writers.add(new Writer(i, tokens.get(i), cids, perSecond, acknowledged, world, fork(random)));
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
              names.get(options.writers() + person),
              tokens.get(options.writers() + person),
              watched,
              slow,
              new Reader.Log(deliveries),
              world,
              fork(random)));
    }
    for (int i = 0; i < options.streams(); i++) {
      streams.add(
          new StreamReader(
              "stream-" + i,
              tokens.get(options.writers() + i % people),
              topics.get(i % topics.size()),
              new Reader.Log(deliveries),
              world,
              fork(random)));
    }
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
    return clients;
  }

  long deliveries() {
    return deliveries.get();
  }

  Acknowledged acknowledged() {
    return acknowledged;
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
  }

  /** Waits until so many more sends are acknowledged. */
  void awaitAcknowledged(int more) {
    int wanted = acknowledged.size() + more;
    if (!await(() -> acknowledged.size() >= wanted)) {
      throw new IllegalStateException("no progress: " + acknowledged.size() + " acknowledged");
    }
  }

  /** Ends the writing and waits, not forever, until all is acknowledged and received. */
  void settle() {
    writers.forEach(Writer::end);
    if (!await(() -> writers.stream().allMatch(writer -> writer.open() == 0))) {
      for (Writer writer : writers) {
        writer.openSends().forEach(send -> problem(Kind.FAILED_SEND, send + " is never answered"));
      }
    }
    readers.forEach(Reader::stayAwake);
    await(
        () -> {
          Map<String, Long> heads = heads();
          return logs().stream().allMatch(log -> log.reached(heads));
        });
    Cluster.pause(AFTERWARDS_MS);
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

  private List<Reader.Log> logs() {
    List<Reader.Log> logs = new ArrayList<>();
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
