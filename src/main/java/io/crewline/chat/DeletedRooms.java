package io.crewline.chat;

import io.crewline.attachment.AttachmentService;
import io.crewline.chat.DeletedRoomRepository.DeletedRoom;
import io.crewline.chat.DeletedRoomRepository.Removed;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Watchdog;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes rooms. The call only marks the room: how long it holds its locks does not depend on how
 * many messages there are. They are removed afterwards in chunks, each its own transaction, which
 * wait for nobody. Runs on every node; what one works on the others skip, and what a node that died
 * left behind is found in the next round. Thread-safe.
 */
@Singleton
final class DeletedRooms {
  private static final Logger LOG = LoggerFactory.getLogger(DeletedRooms.class);

  /** Messages of one transaction, and rooms that are read at once. */
  private static final int CHUNK = 1000;

  private static final int ROOMS = 100;

  private final Database database;
  private final DeletedRoomRepository deleted;
  private final AttachmentService attachments;
  private final Watchdog.Watch watch;
  private volatile boolean stopping;
  private boolean running;
  private boolean again;

  DeletedRooms(
      Database database,
      DeletedRoomRepository deleted,
      AttachmentService attachments,
      Watchdog watchdog) {
    this.watch = watchdog.watch("cleaner of deleted rooms");
    this.database = database;
    this.deleted = deleted;
    this.attachments = attachments;
  }

  @PreDestroy
  void stop() {
    stopping = true;
  }

  /** Deletes a room that the caller's transaction has locked. */
  void delete(String cid) {
    deleted.delete(cid);
    database.afterCommit(this::clean);
  }

  /** Removes what deleted rooms have left, on a thread of its own; one at a time. */
  @Scheduled(initialDelay = "1s", fixedDelay = "5s")
  void clean() {
    synchronized (this) {
      if (running) {
        again = true;
        return;
      }
      running = true;
    }
    boolean started = false;
    try {
      Thread.ofVirtual()
          .name("deleted-rooms")
          .inheritInheritableThreadLocals(false)
          .start(this::run);
      started = true;
    } finally {
      if (!started) {
        goOn();
      }
    }
  }

  private void run() {
    do {
      try {
        watch.during(this::removeAll);
      } catch (ApiException e) {
        LOG.debug("Removing deleted rooms waits for the database: {}", e.detail());
      } catch (RuntimeException | Error e) {
        LOG.warn("Messages of deleted rooms could not be removed, later again", e);
      }
    } while (goOn());
  }

  /** Whether somebody has asked for another round meanwhile; if not, nothing runs any more. */
  private synchronized boolean goOn() {
    running = again && !stopping;
    again = false;
    return running;
  }

  private void removeAll() {
    String after = "";
    List<DeletedRoom> rooms = rooms(after);
    while (!rooms.isEmpty() && !stopping) {
      for (DeletedRoom room : rooms) {
        long removed = remove(room);
        if (removed > 0) {
          LOG.info("Removed {} messages of the deleted room {}", removed, room.cid());
        }
      }
      after = rooms.getLast().cid();
      rooms = rooms(after);
    }
  }

  private List<DeletedRoom> rooms(String after) {
    return database.transaction(() -> deleted.all(after, ROOMS));
  }

  private long remove(DeletedRoom room) {
    long removed = 0;
    long after = 0;
    int last = CHUNK;
    while (last == CHUNK && !stopping) {
      long from = after;
      Removed chunk = database.transaction(() -> removeChunk(room, from));
      last = chunk.messages();
      after = chunk.last();
      removed += last;
      watch.progress();
    }
    if (!stopping) {
      database.transaction(() -> deleted.forget(room));
    }
    return removed;
  }

  private Removed removeChunk(DeletedRoom room, long after) {
    Removed chunk = deleted.removeMessages(room, after, CHUNK);
    List<String> owners = chunk.withAttachments();
    if (!owners.isEmpty()) {
      attachments.unlinkAll(MessageAttachments.KIND, owners);
    }
    return chunk;
  }
}
