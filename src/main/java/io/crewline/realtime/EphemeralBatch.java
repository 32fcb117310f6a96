package io.crewline.realtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ephemeral events on their way to the sessions of several loops, with one frame for each event and
 * protocol, made by the first who needs it. The frames are released when the last loop is done.
 */
final class EphemeralBatch {
  private static final Logger LOG = LoggerFactory.getLogger(EphemeralBatch.class);

  private record Key(Encoding encoding, EphemeralEvent event) {}

  private final Map<Key, Frame> frames = new HashMap<>();
  private int users;

  /**
   * @param users how many loops will call {@link #done}
   */
  EphemeralBatch(int users) {
    this.users = users;
  }

  /** Writes each session its events, on its loop, with one flush. */
  static void deliver(Map<Session, List<EphemeralEvent>> toEach, RealtimeMetrics metrics) {
    Map<Executor, List<Session>> byLoop = new HashMap<>();
    for (Session session : toEach.keySet()) {
      byLoop.computeIfAbsent(session.transport().loop(), loop -> new ArrayList<>()).add(session);
    }
    EphemeralBatch batch = new EphemeralBatch(byLoop.size());
    byLoop.forEach(
        (loop, sessions) ->
            loop.execute(
                () -> {
                  try {
                    for (Session session : sessions) {
                      batch.write(session, toEach.getOrDefault(session, List.of()), metrics);
                    }
                  } finally {
                    batch.done();
                  }
                }));
  }

  private void write(Session session, List<EphemeralEvent> events, RealtimeMetrics metrics) {
    int written = 0;
    try {
      for (EphemeralEvent event : events) {
        written += session.isOpen() && write(session, event) ? 1 : 0;
      }
      session.transport().flush();
    } catch (RuntimeException e) {
      LOG.error("Delivery to session {} failed", session, e);
      session.close(CloseReason.INTERNAL);
    }
    metrics.ephemeral(written, events.size() - written);
  }

  /** The frame of an event; valid until {@link #done}. */
  synchronized Frame frame(Encoding encoding, EphemeralEvent event) {
    return frames.computeIfAbsent(new Key(encoding, event), absent -> encoding.ephemeral(event));
  }

  /**
   * Writes an event unless the session cannot take it at once. On the loop; does not flush.
   *
   * @return whether it was written
   */
  boolean write(Session session, EphemeralEvent event) {
    Transport transport = session.transport();
    boolean takes = transport.encoding().carriesEphemerals() && transport.isWritable();
    if (takes) {
      transport.write(frame(transport.encoding(), event));
    }
    return takes;
  }

  synchronized void done() {
    if (--users == 0) {
      frames.values().forEach(Frame::release);
      frames.clear();
    }
  }
}
