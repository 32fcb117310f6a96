package io.crewline.platform;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The database's time, on this node. It is the only clock that the beans of a node get, because
 * nearly every time is stored and compared on another node: machines may disagree by days, their
 * database clocks do not.
 *
 * <p>Between measurements it goes on with {@link System#nanoTime}, so that it neither jumps with
 * the machine's clock nor needs a query. It is as exact as half of the quickest round trip to the
 * database, within a network some tenths of a millisecond. Thread-safe.
 */
public final class DatabaseClock extends Clock {
  private static final long NANOS = 1_000_000_000L;

  private final Clock machine;
  private final LongSupplier nanos;
  private volatile long shift;
  private boolean measured;

  /** Until the first measurement it shows the time of {@code machine}. */
  public DatabaseClock(Clock machine) {
    this(machine, System::nanoTime);
  }

  /**
   * @param nanos nanoseconds that never go back, from any origin
   */
  DatabaseClock(Clock machine, LongSupplier nanos) {
    this.machine = machine;
    this.nanos = nanos;
    this.shift = nanosOf(machine.instant()) - nanos.getAsLong();
  }

  /**
   * Asks for the time and corrects this clock. The answer was read somewhere between question and
   * answer, which leaves a range; the clock moves only as far as the range demands, so a slow
   * answer cannot spoil what a quick one has told.
   *
   * @param question one round trip to the database that reads its clock
   */
  public synchronized void measure(Supplier<Instant> question) {
    long before = nanos.getAsLong();
    long told = nanosOf(question.get());
    long after = nanos.getAsLong();
    shift =
        measured
            ? Math.clamp(shift, told - after, told - before)
            : told - before - (after - before) / 2;
    measured = true;
  }

  /** How far the machine's own clock is ahead of the database's; negative when it is behind. */
  public Duration machineOffset() {
    return Duration.between(instant(), machine.instant());
  }

  @Override
  public Instant instant() {
    long now = nanos.getAsLong() + shift;
    return Instant.ofEpochSecond(Math.floorDiv(now, NANOS), Math.floorMod(now, NANOS));
  }

  private static long nanosOf(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), NANOS), (long) instant.getNano());
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("times are UTC");
  }
}
