package io.crewline.realtime;

import java.util.HashMap;
import java.util.Map;

/**
 * Ephemeral events on their way to the sessions of several loops, with one frame for each event and
 * protocol, made by the first who needs it. The frames are released when the last loop is done.
 */
final class EphemeralBatch {
  private record Key(Encoding encoding, EphemeralEvent event) {}

  private final Map<Key, Frame> frames = new HashMap<>();
  private int users;

  /**
   * @param users how many loops will call {@link #done}
   */
  EphemeralBatch(int users) {
    this.users = users;
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
