package io.crewline;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * Ends the process of a node. The first SIGTERM or SIGINT drains it and exits with 0: a stop on
 * request is no failure. The second one ends it as it is, with 128 and the signal's number. Nothing
 * that hangs holds it up for longer than the drain time and {@link #CLOSING}.
 */
final class Shutdown {
  private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

  /** For everything after the drain: the last answers, pools, threads, the embedded database. */
  static final Duration CLOSING = Duration.ofSeconds(6);

  /** What a forced end leaves the embedded database to stop properly. */
  private static final Duration QUICK = Duration.ofSeconds(2);

  private final Crewline node;
  private final AtomicBoolean requested = new AtomicBoolean();

  Shutdown(Crewline node) {
    this.node = node;
  }

  void install() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "shutdown"));
    Signal.handle(new Signal("TERM"), this::received);
    Signal.handle(new Signal("INT"), this::received);
  }

  private void close() {
    after(node.settings().drain().plus(CLOSING), 0, "the node does not close");
    node.close();
  }

  private void received(Signal signal) {
    if (requested.compareAndSet(false, true)) {
      System.exit(0);
    }
    int code = 128 + signal.getNumber();
    after(QUICK, code, "the embedded database does not stop");
    LOG.warn("Stopping at once, on the second signal");
    node.closeDatabase();
    Runtime.getRuntime().halt(code);
  }

  /** Ends the process after some time, whatever it does. */
  private static void after(Duration patience, int code, String what) {
    Thread.ofPlatform()
        .daemon()
        .name("last-resort")
        .start(
            () -> {
              try {
                Thread.sleep(patience);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              LOG.error("Stopping at once: {}", what);
              Runtime.getRuntime().halt(code);
            });
  }
}
