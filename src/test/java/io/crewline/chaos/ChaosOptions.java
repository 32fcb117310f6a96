package io.crewline.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * What a run is to be like.
 *
 * @param duration of the faults; start, settling and comparison come on top
 * @param seed of all that is chosen at random; the course of processes is not repeatable
 * @param directory for logs, data and the report; created
 * @param slowReader whether the last reader stops reading for many seconds, again and again
 * @param perSecond sends that all writers together aim at
 * @param taskWriters managers who make and change tasks
 * @param linkPeople people without an account, who change tasks by link
 * @param tasksPerSecond calls that both together aim at
 * @param least how often each kind has to happen
 * @param leastDeliveries how many events the readers have to receive together
 */
record ChaosOptions(
    Duration duration,
    long seed,
    Path directory,
    int writers,
    int readers,
    boolean slowReader,
    int streams,
    int rooms,
    double perSecond,
    int taskWriters,
    int linkPeople,
    double tasksPerSecond,
    Map<FaultKind, Integer> least,
    long leastDeliveries) {

  /** A run of a given length; one of at least 30 minutes has to reach the minima of the promise. */
  static ChaosOptions of(Duration duration, long seed, Path directory) {
    boolean whole = duration.compareTo(Duration.ofMinutes(30)) >= 0;
    Map<FaultKind, Integer> least =
        whole
            ? Map.of(
                FaultKind.NODE_KILL, 30,
                FaultKind.NODE_CUT_OFF, 5,
                FaultKind.NODE_DRAIN, 3,
                FaultKind.NODE_FREEZE_LONG, 5,
                FaultKind.REDIS_STOP, 10,
                FaultKind.REDIS_FREEZE_LONG, 3,
                FaultKind.POSTGRES_FAST, 3,
                FaultKind.POSTGRES_CRASH, 3,
                FaultKind.CLIENT_CUT, 500,
                FaultKind.CLIENT_HASTE, 5)
            : Map.of(
                FaultKind.NODE_KILL, 3,
                FaultKind.NODE_CUT_OFF, 1,
                FaultKind.NODE_DRAIN, 1,
                FaultKind.NODE_FREEZE_LONG, 1,
                FaultKind.REDIS_STOP, 1,
                FaultKind.REDIS_FREEZE_LONG, 1,
                FaultKind.POSTGRES_FAST, 1,
                FaultKind.POSTGRES_CRASH, 1,
                FaultKind.CLIENT_CUT, 20,
                FaultKind.CLIENT_HASTE, 1);
    long deliveries = whole ? 1_000_000 : 100 * duration.toSeconds();
    return new ChaosOptions(
        duration, seed, directory, 8, 24, true, 2, 8, 90, 4, 3, 25, least, deliveries);
  }
}
