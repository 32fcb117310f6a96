package io.crewline.realtime;

import io.crewline.journal.JournalEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Events of one topic on their way to the sessions of several loops, with one frame for each event
 * and protocol, made by the first who needs it. The frames are released when the last loop is done.
 */
final class EventBatch {
  private final List<JournalEntry> entries;
  private final Map<Encoding, List<Frame>> frames = new HashMap<>();
  private int users;

  /**
   * @param users how many loops will call {@link #done}
   */
  EventBatch(List<JournalEntry> entries, int users) {
    this.entries = entries;
    this.users = users;
  }

  List<JournalEntry> entries() {
    return entries;
  }

  /** The frames of all entries; valid until {@link #done}. */
  synchronized List<Frame> frames(Encoding encoding) {
    return frames.computeIfAbsent(
        encoding,
        absent -> {
          List<Frame> encoded = new ArrayList<>(entries.size());
          for (JournalEntry entry : entries) {
            encoded.add(encoding.event(entry));
          }
          return encoded;
        });
  }

  synchronized void done() {
    if (--users == 0) {
      frames.values().forEach(encoded -> encoded.forEach(Frame::release));
      frames.clear();
    }
  }
}
