package io.crewline.chaos;

import io.crewline.chaos.FaultLog.Fault;
import io.crewline.testing.NodeProcess;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Makes faults at random, some at once, with moments between them in which all is well. They are
 * drawn like cards: the first deck has one of each kind and three kills, so that a short run has
 * them all; later decks have each as often as it is to happen.
 */
final class Faults {
  private static final List<FaultKind> FIRST =
      List.of(
          FaultKind.NODE_KILL,
          FaultKind.NODE_KILL,
          FaultKind.NODE_KILL,
          FaultKind.NODE_DRAIN,
          FaultKind.NODE_FREEZE_SHORT,
          FaultKind.NODE_FREEZE_LONG,
          FaultKind.NODE_CUT_OFF,
          FaultKind.REDIS_STOP,
          FaultKind.REDIS_FREEZE_SHORT,
          FaultKind.REDIS_FREEZE_LONG,
          FaultKind.POSTGRES_FAST,
          FaultKind.POSTGRES_CRASH,
          FaultKind.CLIENT_HASTE);
  private static final List<FaultKind> LATER =
      List.of(
          FaultKind.NODE_KILL,
          FaultKind.NODE_KILL,
          FaultKind.NODE_KILL,
          FaultKind.NODE_KILL,
          FaultKind.NODE_KILL,
          FaultKind.NODE_DRAIN,
          FaultKind.NODE_FREEZE_SHORT,
          FaultKind.NODE_FREEZE_LONG,
          FaultKind.NODE_FREEZE_LONG,
          FaultKind.NODE_CUT_OFF,
          FaultKind.REDIS_STOP,
          FaultKind.REDIS_STOP,
          FaultKind.REDIS_FREEZE_SHORT,
          FaultKind.REDIS_FREEZE_LONG,
          FaultKind.POSTGRES_FAST,
          FaultKind.POSTGRES_CRASH,
          FaultKind.CLIENT_HASTE,
          FaultKind.CLIENT_HASTE);
  private static final int AT_ONCE = 3;

  /** The longest lease of a node is that of a call with an {@code Idempotency-Key}. */
  private static final int LEASE_MS = 62_000;

  private static final int BETWEEN_LEASES_MS = 150_000;

  private final Cluster cluster;
  private final List<? extends Client> clients;
  private final FaultLog log;
  private final Random random;
  private final Consumer<String> progress;
  private final ArrayDeque<FaultKind> deck = new ArrayDeque<>();
  private final Semaphore[] nodes = new Semaphore[Cluster.NODES];
  private final Semaphore redis = new Semaphore(1);
  private final Semaphore postgres = new Semaphore(1);
  private final List<String> surprises = new CopyOnWriteArrayList<>();

  Faults(
      Cluster cluster,
      List<? extends Client> clients,
      FaultLog log,
      long seed,
      Consumer<String> progress) {
    this.cluster = cluster;
    this.clients = clients;
    this.log = log;
    this.random = new Random(seed);
    this.progress = progress;
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = new Semaphore(1);
    }
    List<FaultKind> first = new ArrayList<>(FIRST);
    Collections.shuffle(first, random);
    deck.addAll(first);
  }

  /** What the cluster did without being made to, such as a node that ended by itself. */
  List<String> surprises() {
    return surprises;
  }

  /** Makes faults until a time has come and the first deck is through; then all is mended. */
  void run(long untilNanos) {
    int left = FIRST.size();
    Thread cutter = Thread.ofVirtual().name("cutter").start(new Cutter(random.nextLong())::run);
    Random dice = new Random(random.nextLong());
    Thread sleeper =
        Thread.ofVirtual().name("sleeper").start(() -> outlastLeases(untilNanos, dice));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      while (left > 0 || System.nanoTime() < untilNanos) {
        List<Future<?>> running = new ArrayList<>();
        do {
          FaultKind kind = draw();
          long seed = random.nextLong();
          running.add(threads.submit(() -> make(kind, new Random(seed))));
          left--;
          Cluster.pause(random.nextInt(2000));
        } while (running.size() < AT_ONCE && random.nextInt(100) < 35);
        for (Future<?> fault : running) {
          await(fault);
        }
        checkNodes();
        Cluster.pause(random.nextInt(6) == 0 ? 8000 : 1000 + random.nextInt(3500));
      }
    } finally {
      cutter.interrupt();
    }
    // It begins nothing for which there is no time.
    join(sleeper);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Freezes a node for more than a minute now and then, beside all else; not in a short run. */
  private void outlastLeases(long untilNanos, Random dice) {
    long longest = TimeUnit.MILLISECONDS.toNanos(BETWEEN_LEASES_MS + 2L * LEASE_MS);
    while (System.nanoTime() + longest < untilNanos) {
      Cluster.pause(dice.nextInt(BETWEEN_LEASES_MS));
      make(FaultKind.NODE_FREEZE_LEASE, dice);
    }
  }

  private static void await(Future<?> fault) {
    try {
      fault.get();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a fault could not be mended", e.getCause());
    }
  }

  private FaultKind draw() {
    if (deck.isEmpty()) {
      List<FaultKind> cards = new ArrayList<>(LATER);
      Collections.shuffle(cards, random);
      deck.addAll(cards);
    }
    return deck.removeFirst();
  }

  private void make(FaultKind kind, Random dice) {
    long from = System.currentTimeMillis();
    String target =
        switch (kind) {
          case NODE_KILL,
              NODE_DRAIN,
              NODE_FREEZE_SHORT,
              NODE_FREEZE_LONG,
              NODE_FREEZE_LEASE,
              NODE_CUT_OFF ->
              node(kind, dice);
          case REDIS_STOP, REDIS_FREEZE_SHORT, REDIS_FREEZE_LONG -> redis(kind, dice);
          case POSTGRES_FAST, POSTGRES_CRASH -> postgres(kind, dice);
          case CLIENT_HASTE -> haste(dice);
          case CLIENT_CUT -> throw new IllegalArgumentException(kind.text());
        };
    Fault fault = new Fault(kind, target, from, System.currentTimeMillis());
    log.add(fault);
    progress.accept(fault.toString());
  }

  private String node(FaultKind kind, Random dice) {
    int node = dice.nextInt(nodes.length);
    while (!nodes[node].tryAcquire()) {
      Cluster.pause(50);
      node = dice.nextInt(nodes.length);
    }
    try {
      NodeProcess process = cluster.node(node);
      if (!process.isAlive()) {
        surprises.add("node " + node + " had ended by itself at " + Instant.now());
      }
      switch (kind) {
        case NODE_KILL -> {
          process.kill();
          Cluster.pause(dice.nextInt(2000));
          cluster.restart(node);
        }
        case NODE_DRAIN -> {
          process.terminate();
          int code = process.awaitExit();
          if (code != 0) {
            surprises.add("node " + node + " drained with exit code " + code);
          }
          cluster.restart(node);
        }
        case NODE_FREEZE_SHORT -> frozen(process, 200 + dice.nextInt(2000));
        case NODE_FREEZE_LEASE -> frozen(process, LEASE_MS + dice.nextInt(8000));
        case NODE_CUT_OFF -> {
          cluster.way(node).swallow();
          Cluster.pause(5000 + dice.nextInt(15_000));
          cluster.way(node).lift();
        }
        default -> frozen(process, 2 * Cluster.PING_MS + 1000 + dice.nextInt(9000));
      }
    } finally {
      nodes[node].release();
    }
    return Integer.toString(node);
  }

  private static void frozen(NodeProcess process, long millis) {
    process.freeze();
    Cluster.pause(millis);
    process.thaw();
  }

  private String redis(FaultKind kind, Random dice) {
    redis.acquireUninterruptibly();
    try {
      switch (kind) {
        case REDIS_STOP -> {
          cluster.redis().stop();
          Cluster.pause(3000 + dice.nextInt(6000));
          cluster.redis().start();
        }
        case REDIS_FREEZE_SHORT -> redisFrozen(200 + dice.nextInt(1000));
        default -> redisFrozen(4000 + dice.nextInt(5000));
      }
    } finally {
      redis.release();
    }
    return "";
  }

  private void redisFrozen(long millis) {
    cluster.redis().freeze();
    Cluster.pause(millis);
    cluster.redis().thaw();
  }

  private String postgres(FaultKind kind, Random dice) {
    postgres.acquireUninterruptibly();
    try {
      if (kind == FaultKind.POSTGRES_FAST) {
        cluster.postgres().stop();
      } else {
        cluster.postgres().crash();
      }
      Cluster.pause(dice.nextInt(3) == 0 ? 4000 : dice.nextInt(1000));
      cluster.postgres().start();
    } finally {
      postgres.release();
    }
    return "";
  }

  private String haste(Random dice) {
    int count = 0;
    for (Client client : clients) {
      if (dice.nextInt(3) == 0) {
        client.hasten(2 + dice.nextInt(5));
        count++;
      }
    }
    return count + " clients";
  }

  private void checkNodes() {
    for (int node = 0; node < nodes.length; node++) {
      if (!cluster.node(node).isAlive()) {
        surprises.add("node " + node + " ended by itself before " + Instant.now());
        cluster.restart(node);
      }
    }
  }

  /** Cuts one client after the other, in the middle of whatever it does. */
  private final class Cutter {
    private final Random dice;

    Cutter(long seed) {
      dice = new Random(seed);
    }

    void run() {
      try {
        while (true) {
          Thread.sleep(200 + dice.nextInt(1500));
          long now = System.currentTimeMillis();
          Client client = clients.get(dice.nextInt(clients.size()));
          client.cut();
          log.add(new Fault(FaultKind.CLIENT_CUT, client.name, now, now));
        }
      } catch (InterruptedException e) {
        // the end
      }
    }
  }
}
