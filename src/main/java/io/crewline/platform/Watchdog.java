package io.crewline.platform;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Context;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices loops that stand still. Each loop that must go on has a {@link Watch}, on which it beats;
 * one that shows no beat for longer than its limit is logged once, with its stack, makes the node
 * not ready, and counts in {@code crewline.loops.stalled} until it goes on. Thread-safe.
 *
 * <p>Time is what this class has been awake for, not what a clock says: a node that was paused as a
 * whole, and its loops with it, raises no alarm.
 */
@Context
public final class Watchdog {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration LEAST = Duration.ofSeconds(20);

  /** Locks that one after another may take as long as a lock may. */
  private static final int LOCKS = 4;

  /** Answers that one after another may take as long as an answer may. */
  private static final int ANSWERS = 10;

  private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
  private final DatabaseTimeouts timeouts;
  private final Duration limit;
  private final CountDownLatch stopped = new CountDownLatch(1);

  public Watchdog(Settings settings, MeterRegistry registry) {
    this.timeouts = settings.databaseTimeouts();
    // Every wait for the database ends well before.
    this.limit = LEAST.plus(timeouts.statement().multipliedBy(2));
    Gauge.builder("crewline.loops.stalled", this, watchdog -> watchdog.late().count())
        .description("Loops of this node that must go on and stand still")
        .register(registry);
  }

  /** Watches a loop that never takes long, also when the database does not answer. */
  public Watch watch(String loop) {
    return watch(loop, limit);
  }

  /**
   * Watches a loop from its first beat on.
   *
   * @param loop its name, or that of its kind when there are several
   * @param limit how long it may go without a beat
   */
  public Watch watch(String loop, Duration limit) {
    Watch watch = new Watch(loop, limit, watches::remove);
    watches.add(watch);
    return watch;
  }

  /** Watches a loop whose single steps may take as long as maintenance may. */
  public Watch watchLong(String loop) {
    return watch(loop, LEAST.plus(Database.MAINTENANCE.multipliedBy(2)));
  }

  /** Watches a loop that waits for Redis, several times in one round. */
  public Watch watchRemote(String loop, Duration timeout) {
    return watch(loop, LEAST.plus(timeout.multipliedBy(ANSWERS)));
  }

  /** Watches a loop that waits for its turn and then for each of several locks. */
  public Watch watchPatient(String loop) {
    return watch(loop, limit.plus(timeouts.lock().multipliedBy(LOCKS)));
  }

  /** The names of the loops that stand still. */
  public List<String> stalled() {
    return late().map(watch -> watch.loop).distinct().sorted().toList();
  }

  private Stream<Watch> late() {
    return watches.stream().filter(watch -> watch.stalled);
  }

  /** The names of all loops that are watched, those that rest as well. */
  List<String> loops() {
    return watches.stream().map(watch -> watch.loop).sorted().toList();
  }

  /** The names of the loops that have begun and do not rest. */
  public List<String> watched() {
    return watches.stream()
        .filter(watch -> watch.thread != null)
        .map(watch -> watch.loop)
        .sorted()
        .toList();
  }

  @PostConstruct
  void start() {
    Thread.ofPlatform().daemon().name("watchdog").start(this::run);
  }

  @PreDestroy
  void stop() {
    stopped.countDown();
  }

  private void run() {
    try {
      while (!stopped.await(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
        check(TICK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes stock, a given time after it last did. */
  public synchronized void check(Duration elapsed) {
    watches.forEach(watch -> watch.check(elapsed));
  }

  /** The sign of life of one loop. Beats may come from any thread, one at a time. */
  public static final class Watch {
    private final String loop;
    private final Duration limit;
    private final Consumer<Watch> whenOver;
    private volatile @Nullable Thread thread;
    private volatile long beats;
    private volatile boolean stalled;

    // Belong to the check.
    private long seen;
    private Duration silent = Duration.ZERO;

    private Watch(String loop, Duration limit, Consumer<Watch> whenOver) {
      this.loop = loop;
      this.limit = limit;
      this.whenOver = whenOver;
    }

    /** The calling thread goes on with the loop. */
    public void beat() {
      thread = Thread.currentThread();
      beats = beats + 1;
    }

    /** The loop goes on in the midst of a round. */
    public void progress() {
      if (thread != null) {
        beats = beats + 1;
      }
    }

    /** Goes through one round of a loop that rests between its rounds. */
    public void during(Runnable round) {
      beat();
      try {
        round.run();
      } finally {
        rest();
      }
    }

    /** There is nothing to do: silence means nothing until the next beat. */
    public void rest() {
      thread = null;
      beats = beats + 1;
    }

    /** The loop is over, and is not watched any longer. */
    public void end() {
      rest();
      whenOver.accept(this);
      if (stalled) {
        LOG.info("{} goes on", loop);
      }
    }

    private void check(Duration elapsed) {
      Thread current = thread;
      long now = beats;
      silent = current == null || now != seen ? Duration.ZERO : silent.plus(elapsed);
      seen = now;
      boolean late = silent.compareTo(limit) > 0;
      if (late && !stalled) {
        LOG.error(
            "{} has stood still for more than {} s{}", loop, limit.toSeconds(), stack(current));
      } else if (!late && stalled) {
        LOG.info("{} goes on", loop);
      }
      stalled = late;
    }

    private static String stack(@Nullable Thread thread) {
      return thread == null
          ? ""
          : Arrays.stream(thread.getStackTrace())
              .map(frame -> System.lineSeparator() + "  at " + frame)
              .collect(Collectors.joining("", " in thread " + thread.getName(), ""));
    }
  }
}
