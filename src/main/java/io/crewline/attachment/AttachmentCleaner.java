package io.crewline.attachment;

import io.crewline.attachment.AttachmentRepository.Unused;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Settings;
import io.crewline.platform.Watchdog;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes attachments that belong to nothing, and what cut uploads have left. First nobody sees
 * them, then their files go, then their rows: a node that dies in between leaves the rest to the
 * next round. Runs on every node; what one works on the others skip.
 */
@Singleton
final class AttachmentCleaner {
  private static final Logger LOG = LoggerFactory.getLogger(AttachmentCleaner.class);

  /** How long after its time an upload may still be there: a round begins every ten minutes. */
  static final Duration ROUND = Duration.ofMinutes(10);

  private static final int CHUNK = 100;
  private static final Duration SPOOLED = Duration.ofHours(1);

  private final AttachmentRepository attachments;
  private final Database database;
  private final Storage storage;
  private final SpoolFolder spool;
  private final Settings settings;
  private final Clock clock;
  private final Watchdog.Watch watch;

  AttachmentCleaner(
      AttachmentRepository attachments,
      Database database,
      Storage storage,
      SpoolFolder spool,
      Settings settings,
      Clock clock,
      Watchdog watchdog) {
    this.watch = watchdog.watchLong("cleaner of attachments");
    this.attachments = attachments;
    this.database = database;
    this.storage = storage;
    this.spool = spool;
    this.settings = settings;
    this.clock = clock;
  }

  @Scheduled(initialDelay = "1m", fixedDelay = "10m")
  @ExecuteOn(TaskExecutors.BLOCKING)
  void run() {
    watch.during(this::clean);
  }

  private void clean() {
    try {
      spool.removeOlderThan(clock.instant().minus(SPOOLED));
      long removed = removeUnused();
      if (removed > 0) {
        LOG.info("Removed {} attachments that belong to nothing", removed);
      }
    } catch (ApiException e) {
      LOG.debug("Cleaning waits for the database: {}", e.detail());
    } catch (IOException e) {
      LOG.warn("Attachments cannot be removed, later again: {}", e.toString());
    }
  }

  /** Returns how many. */
  long removeUnused() throws IOException {
    Instant limit = clock.instant().minus(settings.uploads().unusedLifetime());
    long removed = 0;
    List<Unused> chunk;
    do {
      chunk =
          database.transaction(Database.MAINTENANCE, () -> attachments.startRemoving(limit, CHUNK));
      for (Unused unused : chunk) {
        storage.remove(unused.key());
        storage.remove(Intake.thumbnailKey(unused.key()));
        database.transaction(() -> attachments.remove(unused.id()));
        watch.progress();
      }
      removed += chunk.size();
    } while (chunk.size() == CHUNK);
    return removed;
  }
}
