package io.crewline.chaos;

import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

/** A client that comes back whenever its connection ends, to any node. */
abstract class Client {
  /** No frame for so long means that the node is gone; it sends a ping more often. */
  static final long SILENCE_MS = 3 * Cluster.PING_MS;

  private static final long TICK_MS = 20;

  final String name;
  final World world;
  final RandomGenerator random;
  private final Thread thread;
  private volatile boolean stopped;
  private volatile int hasty;

  /**
   * What all clients share.
   *
   * @param problems what must not happen and no comparison would find
   */
  record World(
      Cluster cluster,
      Connections connections,
      Goodbyes goodbyes,
      BiConsumer<Verdict.Kind, String> problems) {}

  Client(String name, World world, RandomGenerator random) {
    this.name = name;
    this.world = world;
    this.random = random;
    this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
  }

  final void start() {
    thread.start();
  }

  /** Cuts its connection, if it has one. */
  abstract void cut();

  /** Makes it cut its next connections right after they are ready, before it has caught up. */
  final void hasten(int times) {
    hasty = times;
    cut();
  }

  /** Whether this connection is to be cut at once. Counts. */
  final boolean isHasty() {
    if (hasty > 0) {
      hasty--;
      return true;
    }
    return false;
  }

  final void stop() {
    stopped = true;
    cut();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  final boolean isStopped() {
    return stopped;
  }

  /** One connection, from connecting to its end. Returns how long to wait before the next. */
  abstract long session(int node) throws InterruptedException;

  /** Serves a connection until it ends: looks after it now and then. */
  final void attend(Link link, Runnable work) throws InterruptedException {
    while (!stopped && !link.awaitEnd(TICK_MS)) {
      if (link.silentMs() > SILENCE_MS) {
        world.connections().note(name, "hears nothing of node " + link.node() + " and leaves");
        break;
      }
      work.run();
    }
    link.cut();
    if (link.wasOpen() && !stopped) {
      world.goodbyes().add(link);
    }
    world.connections().note(name, "left node " + link.node() + ", code " + link.code());
  }

  final void problem(String what) {
    world.connections().note(name, "PROBLEM " + what);
    world.problems().accept(Verdict.Kind.MISBEHAVIOUR, name + ": " + what);
  }

  private void run() {
    while (!stopped) {
      try {
        long pause = session(random.nextInt(Cluster.NODES));
        Thread.sleep(stopped ? 0 : pause + random.nextLong(50));
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        problem("failed: " + e);
      }
    }
  }
}
