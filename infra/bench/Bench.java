import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Measures Crewline on this machine: {@code run} next to this file says how. Arguments: the jar, a
 * directory to work in, the file for the results, and which of {@code sends}, {@code fanout},
 * {@code start} (default: these three), {@code rooms}, {@code storm}, {@code slow}, {@code tasks},
 * {@code connect} and {@code history}.
 */
final class Bench {
  private static final List<Sends.Kind> KINDS =
      List.of(
          new Sends.Kind("plain", false, false),
          new Sends.Kind("with clientId", false, true),
          new Sends.Kind("watched", true, false));

  private final Path jar;
  private final Path directory;
  private final int seconds = number("BENCH_SECONDS", 10);
  private final int rounds = number("BENCH_ROUNDS", 3);
  private final int warmUp = Math.max(1, number("BENCH_WARM_UP", 5));
  private final int sockets = number("BENCH_SOCKETS", 1000);
  private final int rate = number("BENCH_RATE", 50);
  private final int starts = number("BENCH_STARTS", 5);
  private final int crowd = number("BENCH_CROWD", 5000);
  private final int slowSockets = number("BENCH_SLOW_SOCKETS", 100);
  private final int slowRate = number("BENCH_SLOW_RATE", 200);
  private final int taskSockets = number("BENCH_TASK_SOCKETS", 500);
  private final int taskRate = number("BENCH_TASK_RATE", 200);
  private final int taskSeconds = number("BENCH_TASK_SECONDS", 60);
  private final int slowSeconds = number("BENCH_SLOW_SECONDS", 120);
  private final List<String> options =
      Arrays.stream(System.getenv().getOrDefault("BENCH_JAVA_OPTS", "").split(" "))
          .filter(option -> !option.isBlank())
          .toList();
  private final Report report = new Report();
  private final List<String> tokens = new ArrayList<>();

  private Bench(Path jar, Path directory) {
    this.jar = jar;
    this.directory = directory;
  }

  public static void main(String[] args) throws Exception {
    Path jar = Path.of(args[0]).toAbsolutePath();
    Path directory = Path.of(args[1]).toAbsolutePath();
    Path results = Path.of(args[2]).toAbsolutePath();
    Set<String> parts = new TreeSet<>(Arrays.asList(args).subList(3, args.length));
    if (parts.isEmpty() || parts.contains("all")) {
      parts = new TreeSet<>(List.of("sends", "fanout", "start"));
    }
    boolean good = new Bench(jar, directory).run(parts, results);
    System.exit(good ? 0 : 1);
  }

  private boolean run(Set<String> parts, Path results) throws Exception {
    boolean good = true;
    try (Postgres postgres = Postgres.start(directory, System.getenv("DATABASE_URL"))) {
      Thread onExit = new Thread(postgres::close);
      Runtime.getRuntime().addShutdownHook(onExit);
      describe(postgres);
      EventLoopGroup loops = Wire.loops(number("BENCH_CLIENT_LOOPS", 1));
      try {
        if (parts.contains("storm")) {
          good &= storm(postgres, loops);
        }
        if (parts.contains("connect")) {
          connect(postgres, loops);
        }
        if (parts.contains("history")) {
          history(postgres, loops);
        }
        if (!List.of("storm", "connect", "history").containsAll(parts)) {
          good &= onOneNode(parts, postgres, loops);
        }
      } finally {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS);
      }
      if (parts.contains("start")) {
        start(postgres);
      }
      Runtime.getRuntime().removeShutdownHook(onExit);
    }
    System.out.println();
    System.out.print(report.table());
    Files.createDirectories(results.getParent());
    Files.writeString(results, report.json());
    System.out.println("Also in " + results);
    return good;
  }

  private boolean onOneNode(Set<String> parts, Postgres postgres, EventLoopGroup loops)
      throws Exception {
    boolean good = true;
    try (Node node = Node.start(jar, directory, postgres.url(), options)) {
      users(node);
      if (parts.contains("sends")) {
        good &= sends(postgres, node, loops);
      }
      if (parts.contains("rooms")) {
        good &= rooms(postgres, node, loops);
      }
      if (parts.contains("fanout")) {
        good &= fanOut(node, loops);
      }
      if (parts.contains("slow")) {
        good &= slow(node, loops);
      }
      if (parts.contains("tasks")) {
        good &= tasks(postgres, node, loops);
      }
    }
    return good;
  }

  /** Each server is started afresh for each shape, on one Redis. */
  private void connect(Postgres postgres, EventLoopGroup loops) throws IOException {
    List<Connect.Shape> shapes =
        List.of(
            new Connect.Shape("one", crowd, 1, true),
            new Connect.Shape("many", crowd * 2 / 5, 100, true),
            new Connect.Shape("one-joining", crowd, 1, false),
            new Connect.Shape("many-joining", crowd * 2 / 5, 100, false));
    String only = System.getenv().getOrDefault("BENCH_CONNECT", "");
    Map<String, Object> summary = new LinkedHashMap<>();
    Path installed = SocketIo.install(jar.resolveSibling("bench-socketio"));
    try (Redis redis = Redis.start(directory.resolve("redis"))) {
      // The client is warm for all of them.
      try (SocketIo server = SocketIo.start(installed, redis.url())) {
        Connect.socketIo(loops, server.port, new Connect.Shape("warm-up", 2000, 10, false));
      }
      for (Connect.Shape shape : shapes) {
        if (!only.isEmpty() && !List.of(only.split(" ")).contains(shape.name())) {
          continue;
        }
        Connect.Result peer;
        try (SocketIo server = SocketIo.start(installed, redis.url())) {
          peer = Connect.socketIo(loops, server.port, shape);
        }
        Path own = Files.createDirectories(directory.resolve("node-" + shape.name()));
        Connect.Result result;
        double cpu;
        double databaseCpu;
        long transactions;
        try (Node node =
            Node.start(jar, own, postgres.url(), options, Map.of("REDIS_URL", redis.url()))) {
          List<String> users = Connect.prepare(postgres, shape);
          cpu = node.cpuSeconds();
          databaseCpu = postgres.cpuSeconds();
          transactions = postgres.transactions();
          result = Connect.crewline(loops, node.port, shape, users);
          cpu = node.cpuSeconds() - cpu;
          databaseCpu = postgres.cpuSeconds() - databaseCpu;
          Node.pause(1500);
          transactions = postgres.transactions() - transactions;
        }
        String name =
            "%d sockets %s %d rooms"
                .formatted(
                    shape.sockets(), shape.members() ? "watch" : "join and watch", shape.rooms());
        progress("connect: %s: Socket.IO with Redis %s", name, peer);
        progress(
            "connect: %s: crewline %s = %.2f x; CPU node %.1f s, PostgreSQL %.1f s; %d transactions",
            name, result, result.ms() / peer.ms(), cpu, databaseCpu, transactions);
        report.row(
            name,
            "%.2f s = %.2f x Socket.IO with Redis (%.2f s)",
            result.ms() / 1e3,
            result.ms() / peer.ms(),
            peer.ms() / 1e3);
        summary.put(
            shape.name(),
            Map.of("ms", result.ms(), "socketIoMs", peer.ms(), "ratio", result.ms() / peer.ms()));
      }
    }
    report.put("connect", summary);
  }

  /** What a long history costs the database at {@code connect} and {@code channel.watch}. */
  private void history(Postgres postgres, EventLoopGroup loops) throws IOException {
    long messages = number("BENCH_MESSAGES", 10_000_000);
    Path own = Files.createDirectories(directory.resolve("node-history"));
    History history = new History(postgres, directory);
    Node.start(jar, own, postgres.url(), options).close();
    long start = System.nanoTime();
    history.fill(messages);
    progress("history: %d messages in %.0f s", messages, (System.nanoTime() - start) / 1e9);
    Map<String, Object> summary = new LinkedHashMap<>();
    Path plans = Path.of("infra/bench/results").toAbsolutePath().resolve("history-plans.txt");
    Files.createDirectories(plans.getParent());
    Files.writeString(plans, "");
    for (String when : List.of("before ANALYZE", "after ANALYZE")) {
      if (when.startsWith("after")) {
        postgres.update("ANALYZE");
      }
      history.logDurations();
      History.Result result;
      try (Node node = Node.start(jar, own, postgres.url(), options)) {
        result = history.run(loops, node.port, 3);
      }
      history.logPlans();
      try (Node node = Node.start(jar, own, postgres.url(), options)) {
        Files.writeString(
            plans, "== " + when + "\n" + history.plans(loops, node.port), StandardOpenOption.APPEND);
      }
      String name = "%d messages, %d rooms a user, %s".formatted(messages, History.ROOMS, when);
      progress("history: %s: %s", name, result);
      report.row(name, "database time of %s", result);
      summary.put(
          when,
          Map.of(
              "connectP50Ms", result.connectP50(),
              "connectP99Ms", result.connectP99(),
              "watchP50Ms", result.watchP50(),
              "watchP99Ms", result.watchP99()));
    }
    progress("history: plans are in %s", plans);
    report.put("history", summary);
  }

  private void describe(Postgres postgres) throws IOException {
    FileStore store = Files.getFileStore(directory);
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    Map<String, Object> machine = new LinkedHashMap<>();
    machine.put("at", Instant.now().toString());
    machine.put("cores", Runtime.getRuntime().availableProcessors());
    machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put("java", System.getProperty("java.vm.version"));
    machine.put("javaOptions", String.join(" ", options));
    machine.put("loadBefore", load);
    machine.put("disk", postgres.throwAway() ? store.type() : "of the given server");
    machine.put("postgres", postgres.settings());
    machine.put("seconds", seconds);
    machine.put("rounds", rounds);
    report.put("machine", machine);
    progress("machine: %s", machine);
    if (load > 0.5) {
      progress("NOTE: the machine is busy (load %.1f): figures will be too low", load);
    }
    if (postgres.throwAway() && store.type().contains("tmpfs")) {
      progress("NOTE: %s is in memory, fsync costs nothing there: set BENCH_DIR", directory);
    }
  }

  private void users(Node node) {
    String admin = node.token("admin");
    for (int i = 0; i < Sends.CLIENTS; i++) {
      tokens.add(node.createUser(admin, "bench-" + i));
    }
    for (int room = 0; room < Sends.ROOMS; room++) {
      List<String> members = new ArrayList<>();
      for (int i = room + Sends.ROOMS; i < Sends.CLIENTS; i += Sends.ROOMS) {
        members.add("bench-" + i);
      }
      node.createRoom(tokens.get(room), "bench-" + room, members);
    }
    progress("%d users and %d rooms are there", Sends.CLIENTS, Sends.ROOMS);
  }

  private boolean sends(Postgres postgres, Node node, EventLoopGroup loops) {
    Pgbench.prepare(postgres);
    progress(
        "sends: %d clients, %d open each, %d rooms, %d bytes of text; pgbench: %d clients",
        Sends.CLIENTS, Sends.OPEN, Sends.ROOMS, Sends.TEXT, Sends.CLIENTS);
    long acknowledged = 0;
    long sent = 0;
    long refused = 0;
    for (Sends.Kind kind : KINDS) {
      Sends.Result warm = Sends.run(loops, node.port, tokens, kind, 0, warmUp, () -> {});
      acknowledged += warm.acknowledged();
      sent += warm.sent();
      refused += warm.refused();
    }
    List<Double> yardstick = new ArrayList<>();
    Map<Sends.Kind, List<Sends.Result>> results = new LinkedHashMap<>();
    Map<Sends.Kind, List<double[]>> cpus = new LinkedHashMap<>();
    List<Map<String, Object>> json = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      double tps = Pgbench.run(postgres, directory, Sends.CLIENTS, Sends.TEXT, seconds);
      yardstick.add(tps);
      progress("round %d: pgbench %.0f commits/s", round, tps);
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("pgbench", tps);
      for (Sends.Kind kind : KINDS) {
        // From when all are connected: connecting is not what a send costs.
        double[] before = new double[2];
        Sends.Result result =
            Sends.run(
                loops,
                node.port,
                tokens,
                kind,
                1,
                seconds,
                () -> {
                  before[0] = node.cpuSeconds();
                  before[1] = postgres.cpuSeconds();
                });
        double nodeCpu = (node.cpuSeconds() - before[0]) / result.acknowledged() * 1e6;
        double postgresCpu = (postgres.cpuSeconds() - before[1]) / result.acknowledged() * 1e6;
        cpus.computeIfAbsent(kind, k -> new ArrayList<>()).add(new double[] {nodeCpu, postgresCpu});
        results.computeIfAbsent(kind, k -> new ArrayList<>()).add(result);
        acknowledged += result.acknowledged();
        sent += result.sent();
        refused += result.refused();
        line.put(kind.name(), result.perSecond());
        progress(
            "round %d: crewline %-13s %6.0f sends/s = %.2f x pgbench; ack p50 %.1f ms, p99 %.1f ms;"
                + " CPU per send: node %.0f us, PostgreSQL %.0f us",
            round,
            kind.name(),
            result.perSecond(),
            result.perSecond() / tps,
            result.p50Ms(),
            result.p99Ms(),
            nodeCpu,
            postgresCpu);
      }
      json.add(line);
    }
    double pgbench = median(yardstick);
    report.row("pgbench, 32 clients, one row a commit", "%.0f commits/s", pgbench);
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("pgbench", pgbench);
    for (Sends.Kind kind : KINDS) {
      List<Sends.Result> of = results.get(kind);
      double rate = median(of.stream().map(Sends.Result::perSecond).toList());
      double p50 = median(of.stream().map(Sends.Result::p50Ms).toList());
      double p99 = median(of.stream().map(Sends.Result::p99Ms).toList());
      report.row(
          "crewline sends, " + kind.name(),
          "%.0f/s = %.2f x pgbench, ack p50 %.1f ms, p99 %.1f ms; CPU node %.0f us, PostgreSQL %.0f us",
          rate,
          rate / pgbench,
          p50,
          p99,
          median(cpus.get(kind).stream().map(cpu -> cpu[0]).toList()),
          median(cpus.get(kind).stream().map(cpu -> cpu[1]).toList()));
      summary.put(
          kind.name(),
          Map.of("perSecond", rate, "ratio", rate / pgbench, "p50Ms", p50, "p99Ms", p99));
    }
    summary.put("rounds", json);
    String fault = verify(postgres, acknowledged, sent, refused);
    report.row(
        "stored and in sequence",
        "%s",
        fault.isEmpty() ? "yes, %d acknowledged".formatted(acknowledged) : "NO: " + fault);
    summary.put("fault", fault);
    report.put("sends", summary);
    return fault.isEmpty();
  }

  /** The same clients, all members of one room and of many, and what the many rooms cost. */
  private boolean rooms(Postgres postgres, Node node, EventLoopGroup loops) {
    List<Sends.Kind> kinds =
        List.of(
            new Sends.Kind("one room", false, false, 1),
            new Sends.Kind(Sends.MANY_ROOMS + " rooms", false, false, Sends.MANY_ROOMS));
    List<String> members = new ArrayList<>();
    for (int i = 1; i < Sends.CLIENTS; i++) {
      members.add("bench-" + i);
    }
    for (Sends.Kind kind : kinds) {
      for (int room = 0; room < kind.rooms(); room++) {
        node.createRoom(tokens.getFirst(), Sends.anyRoom(kind.rooms(), room), members);
      }
    }
    postgres.update("ANALYZE");
    progress("rooms: %d clients, %d open each", Sends.CLIENTS, Sends.OPEN);
    Map<Sends.Kind, List<Sends.Result>> results = new LinkedHashMap<>();
    long acknowledged = 0;
    long sent = 0;
    long refused = 0;
    for (int round = 0; round <= rounds; round++) {
      for (Sends.Kind kind : kinds) {
        // Round 0 warms up.
        double[] before = new double[2];
        Sends.Result result =
            Sends.run(
                loops,
                node.port,
                tokens,
                kind,
                1,
                round == 0 ? warmUp : seconds,
                () -> {
                  before[0] = node.cpuSeconds();
                  before[1] = postgres.cpuSeconds();
                });
        acknowledged += result.acknowledged();
        sent += result.sent();
        refused += result.refused();
        if (round > 0) {
          results.computeIfAbsent(kind, k -> new ArrayList<>()).add(result);
          progress(
              "round %d: crewline %-10s %6.0f sends/s; ack p50 %.1f ms, p99 %.1f ms;"
                  + " CPU per send: node %.0f us, PostgreSQL %.0f us",
              round,
              kind.name(),
              result.perSecond(),
              result.p50Ms(),
              result.p99Ms(),
              (node.cpuSeconds() - before[0]) / result.acknowledged() * 1e6,
              (postgres.cpuSeconds() - before[1]) / result.acknowledged() * 1e6);
        }
      }
    }
    List<Double> rates =
        kinds.stream()
            .map(kind -> median(results.get(kind).stream().map(Sends.Result::perSecond).toList()))
            .toList();
    double ratio = rates.get(1) / rates.get(0);
    report.row("crewline sends, one room", "%.0f/s", rates.get(0));
    report.row(
        "crewline sends, %d rooms".formatted(Sends.MANY_ROOMS),
        "%.0f/s = %.2f x one room",
        rates.get(1),
        ratio);
    String fault = verify(postgres, acknowledged, sent, refused);
    report.row(
        "stored and in sequence",
        "%s",
        fault.isEmpty() ? "yes, %d acknowledged".formatted(acknowledged) : "NO: " + fault);
    report.put(
        "rooms",
        Map.of("one", rates.get(0), "many", rates.get(1), "ratio", ratio, "fault", fault));
    return fault.isEmpty();
  }

  /** Half of the users are managers, the others members with tasks of their own. */
  private boolean tasks(Postgres postgres, Node node, EventLoopGroup loops) throws Exception {
    Pgbench.prepare(postgres);
    int half = Sends.CLIENTS / 2;
    postgres.update(
        "UPDATE account SET role = 'manager'"
            + " WHERE username LIKE 'bench-%' AND substr(username, 7)::int < "
            + half);
    List<String> names = new ArrayList<>();
    for (int i = half; i < Sends.CLIENTS; i++) {
      names.add("bench-" + i);
    }
    double tps = Pgbench.run(postgres, directory, Tasks.WRITERS, Sends.TEXT, seconds);
    progress("tasks: pgbench, %d clients: %.0f commits/s", Tasks.WRITERS, tps);
    report.row("pgbench, %d clients, one row a commit".formatted(Tasks.WRITERS), "%.0f commits/s", tps);
    List<Tasks.Result> results = new ArrayList<>();
    try (Tasks tasks =
        new Tasks(
            loops,
            node.port,
            tokens.getFirst(),
            tokens.subList(0, half),
            tokens.subList(half, Sends.CLIENTS),
            names,
            taskSockets)) {
      tasks.run("warm up", 0, warmUp);
      results.add(tasks.run(taskRate + "/s", taskRate, taskSeconds));
      results.add(tasks.run("flat out, %d watch".formatted(taskSockets), 0, seconds));
      tasks.leave();
      results.add(tasks.run("flat out, nobody watches", 0, seconds));
    }
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("pgbench", tps);
    boolean good = true;
    for (Tasks.Result result : results) {
      String line =
          "%.0f commits/s = %.2f x pgbench, ack p50 %.1f ms, p99 %.1f ms; %.0f deliveries/s, p50 %.1f ms, p99 %.1f ms; %s"
              .formatted(
                  result.perSecond(),
                  result.perSecond() / tps,
                  result.ackP50Ms(),
                  result.ackP99Ms(),
                  result.deliveriesPerSecond(),
                  result.p50Ms(),
                  result.p99Ms(),
                  result.wrong() + result.refused() == 0
                      ? "none lost, repeated or reordered"
                      : "%d WRONG, %d refused".formatted(result.wrong(), result.refused()));
      progress("tasks, %s: %s", result.name(), line);
      report.row("task changes, " + result.name(), "%s", line);
      summary.put(
          result.name(),
          Map.of(
              "perSecond", result.perSecond(),
              "ratio", result.perSecond() / tps,
              "p50Ms", result.p50Ms(),
              "p99Ms", result.p99Ms(),
              "wrong", result.wrong(),
              "refused", result.refused()));
      good &= result.wrong() + result.refused() == 0;
    }
    report.put("tasks", summary);
    return good;
  }

  /** What does not add up, or an empty text. */
  private String verify(Postgres postgres, long acknowledged, long sent, long refused) {
    progress("verifying what is stored");
    List<String> faults = new ArrayList<>();
    long stored =
        Long.parseLong(
            postgres
                .rows("SELECT count(*) FROM message WHERE cid LIKE 'messaging:bench-%'")
                .getFirst()
                .getFirst());
    if (stored < acknowledged || stored > sent || refused > 0) {
      faults.add(
          "%d stored, %d acknowledged, %d refused of %d sent"
              .formatted(stored, acknowledged, refused, sent));
    }
    postgres
        .rows(
            """
            SELECT t.name, t.head, count(e.seq), min(e.seq), max(e.seq),
                   count(*) FILTER (WHERE e.type = 'message.new'),
                   (SELECT count(*) FROM message m WHERE m.cid = substr(t.name, length('room:') + 1))
            FROM topic t JOIN event e ON e.topic_id = t.id
            WHERE t.name LIKE 'room:messaging:bench-%'
            GROUP BY t.name, t.head ORDER BY t.name
            """)
        .forEach(
            row -> {
              boolean contiguous =
                  row.get(1).equals(row.get(2))
                      && row.get(3).equals("1")
                      && row.get(4).equals(row.get(1));
              if (!contiguous || !row.get(5).equals(row.get(6))) {
                faults.add(
                    "%s: head %s, %s events from %s to %s, %s of them messages, %s messages"
                        .formatted(row.toArray()));
              }
            });
    return String.join("; ", faults);
  }

  private boolean fanOut(Node node, EventLoopGroup loops) {
    progress("fan-out: connecting %d sockets of %d users", sockets, tokens.size());
    boolean good = true;
    Map<String, Object> summary = new LinkedHashMap<>();
    try (FanOut fanOut = new FanOut(loops, node.port, tokens, sockets)) {
      report.row(
          "%d sockets connected and watching".formatted(sockets),
          "%.1f s, 16 at a time",
          fanOut.connectMs / 1e3);
      summary.put("connectMs", fanOut.connectMs);
      progress("connected in %.1f s", fanOut.connectMs / 1e3);
      fanOut.run("warm-up", 0, warmUp);
      for (int perSecond : new int[] {rate, 0}) {
        double cpu = node.cpuSeconds();
        FanOut.Result result =
            fanOut.run(
                perSecond == 0 ? "flat out, 16 open" : "steady, %d messages/s".formatted(perSecond),
                perSecond,
                seconds);
        cpu = (node.cpuSeconds() - cpu) / result.deliveries() * 1e6;
        report.row(
            "fan-out to %d, %s".formatted(sockets, result.name()),
            "%.0f messages/s, %.0f deliveries/s, p50 %.1f ms, p99 %.1f ms, drained in %.0f ms; CPU node %.2f us a delivery%s",
            result.messagesPerSecond(),
            result.deliveriesPerSecond(),
            result.p50Ms(),
            result.p99Ms(),
            result.drainMs(),
            cpu,
            result.wrong() == 0 ? "" : ", WRONG: " + result.wrong());
        progress("%s", result);
        summary.put(
            result.name(),
            Map.of(
                "messagesPerSecond", result.messagesPerSecond(),
                "deliveriesPerSecond", result.deliveriesPerSecond(),
                "p50Ms", result.p50Ms(),
                "p99Ms", result.p99Ms(),
                "nodeCpuUs", cpu,
                "drainMs", result.drainMs(),
                "messages", result.messages(),
                "deliveries", result.deliveries(),
                "wrong", result.wrong()));
        good &= result.wrong() == 0;
      }
    }
    report.put("fanOut", summary);
    return good;
  }

  private boolean storm(Postgres postgres, EventLoopGroup loops) throws IOException {
    progress("storm: %d users, two nodes, one Redis", crowd);
    Path first = Files.createDirectories(directory.resolve("node-1"));
    Path second = Files.createDirectories(directory.resolve("node-2"));
    try (Redis redis = Redis.start(directory.resolve("redis"))) {
      Map<String, String> environment = Map.of("REDIS_URL", redis.url());
      try (Node dying = Node.start(jar, first, postgres.url(), options, environment);
          Node other = Node.start(jar, second, postgres.url(), options, environment)) {
        List<String> users = Crowd.create(postgres, crowd);
        try (Storm storm = new Storm(loops, users)) {
          double gatherMs = storm.gather(dying.port);
          progress("all connected and watching in %.1f s", gatherMs / 1e3);
          storm.write(other.port, users.getFirst());
          Node.pause(5000);
          long before = postgres.transactions();
          Node.pause(5000);
          double usual = (postgres.transactions() - before) / 5.0;
          before = postgres.transactions();
          long start = System.nanoTime();
          storm.lose(other.port);
          dying.kill();
          storm.awaitAllLive();
          double seconds = (System.nanoTime() - start) / 1e9;
          // What PostgreSQL counts comes a moment late.
          Node.pause(1500);
          double transactions = postgres.transactions() - before - usual * (seconds + 1.5);
          Storm.Result result = storm.finish();
          double fromMemory = other.metric("crewline_catchup_pages_total");
          progress("%s", result);
          report.row(
              "%d sockets lose their node".formatted(crowd),
              "live on another: half after %.1f s, 99 %% after %.1f s, all after %.1f s; %d attempts",
              result.liveMs50() / 1e3,
              result.liveMs99() / 1e3,
              result.liveMsAll() / 1e3,
              result.attempts());
          report.row(
              "that cost the database",
              "%.0f transactions (%.2f a socket) besides the %.0f/s of before; %.0f pages caught up",
              transactions,
              transactions / crowd,
              usual,
              fromMemory);
          report.row(
              "resets, wrong deliveries", "%d, %d of %d", result.resets(), result.wrong(), result.deliveries());
          report.put(
              "storm",
              Map.of(
                  "sockets", crowd,
                  "gatherMs", gatherMs,
                  "liveMs50", result.liveMs50(),
                  "liveMs99", result.liveMs99(),
                  "liveMsAll", result.liveMsAll(),
                  "transactions", transactions,
                  "resets", result.resets(),
                  "wrong", result.wrong(),
                  "deliveries", result.deliveries()));
          return result.resets() == 0 && result.wrong() == 0;
        }
      }
    }
  }

  private boolean slow(Node node, EventLoopGroup loops) throws InterruptedException {
    progress("slow: connecting %d sockets that read", crowd);
    try (FanOut fanOut = new FanOut(loops, node.port, tokens, crowd)) {
      progress("connected in %.1f s", fanOut.connectMs / 1e3);
      fanOut.run("warm-up", slowRate, slowSeconds / 4.0);
      FanOut.Result alone = fanOut.run("alone", slowRate, slowSeconds / 2.0);
      progress("%s", alone);
      double heapBefore = node.liveHeapMiB();
      double residentBefore = node.residentMiB();
      try (Slow slow = new Slow(loops, node.port, tokens, slowSockets)) {
        slow.start();
        FanOut.Result beside = fanOut.run("beside", slowRate, slowSeconds);
        progress("%s", beside);
        double heapAfter = node.liveHeapMiB();
        double residentAfter = node.residentMiB();
        Slow.Result result = slow.finish();
        progress("%s", result);
        report.row(
            "%d sockets, %d messages/s, %d s, all read".formatted(crowd, slowRate, slowSeconds / 2),
            "%.0f deliveries/s, p50 %.1f ms, p99 %.1f ms%s",
            alone.deliveriesPerSecond(),
            alone.p50Ms(),
            alone.p99Ms(),
            alone.wrong() == 0 ? "" : ", WRONG: " + alone.wrong());
        report.row(
            "%d s beside %d that do not read".formatted(slowSeconds, slowSockets),
            "%.0f deliveries/s, p50 %.1f ms, p99 %.1f ms = %.2f x%s",
            beside.deliveriesPerSecond(),
            beside.p50Ms(),
            beside.p99Ms(),
            beside.p99Ms() / alone.p99Ms(),
            beside.wrong() == 0 ? "" : ", WRONG: " + beside.wrong());
        report.row(
            "memory of the node, before and after",
            "live heap %.0f and %.0f MiB, resident %.0f and %.0f MiB",
            heapBefore,
            heapAfter,
            residentBefore,
            residentAfter);
        report.row(
            "who paused for 20 s",
            "%d times, caught up within %.0f ms at most, %d closed",
            result.pauses(),
            result.catchUpMs(),
            result.pausingClosed());
        report.row(
            "who never read",
            "%d cut, all resumed within %.0f ms; resets %d, wrong %d",
            result.cut(),
            result.resumeMs(),
            result.resets(),
            result.wrong());
        report.put(
            "slow",
            Map.of(
                "p99MsAlone", alone.p99Ms(),
                "p99MsBeside", beside.p99Ms(),
                "heapMiBBefore", heapBefore,
                "heapMiBAfter", heapAfter,
                "catchUpMs", result.catchUpMs(),
                "resumeMs", result.resumeMs(),
                "cut", result.cut(),
                "resets", result.resets(),
                "wrong", result.wrong() + alone.wrong() + beside.wrong()));
        return result.good() && alone.wrong() == 0 && beside.wrong() == 0;
      }
    }
  }

  private void start(Postgres postgres) {
    Starts run = new Starts(jar, directory, postgres, tokens.getFirst());
    progress("start: %d times each", starts);
    Map<String, Object> summary = new LinkedHashMap<>();
    note(summary, "java -jar", run.run(starts, options));
    Path cache = run.train();
    if (cache == null) {
      report.row("start to first connected, AOT cache", "no cache was written");
    } else {
      List<String> withCache = new ArrayList<>(options);
      withCache.add("-XX:AOTCache=" + cache);
      note(summary, "AOT cache", run.run(starts, withCache));
    }
    report.put("startMs", summary);
  }

  private void note(Map<String, Object> summary, String name, List<Double> millis) {
    progress("start, %s: %s ms", name, millis.stream().map(ms -> "%.0f".formatted(ms)).toList());
    report.row("start to first connected, " + name, "%.0f ms", median(millis));
    summary.put(name, median(millis));
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static int number(String name, int otherwise) {
    String value = System.getenv(name);
    return value == null || value.isBlank() ? otherwise : Integer.parseInt(value.strip());
  }

  private static void progress(String format, Object... arguments) {
    System.out.printf(Locale.ROOT, "[%tT] %s%n", System.currentTimeMillis(), format.formatted(arguments));
  }
}
