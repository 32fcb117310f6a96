package io.crewline.realtime;

import io.crewline.journal.Audience;
import io.crewline.journal.JournalEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Consecutive events of one topic that a loop writes in one go: whoever takes all of them is
 * written one joined frame. Belongs to a loop.
 */
final class Stretch {
  /** Of payload; more waits for the next stretch, so that a slow session is noticed in time. */
  private static final int MOST_BYTES = 32 * 1024;

  private final List<EventBatch> batches = new ArrayList<>();
  private final List<JournalEntry> entries = new ArrayList<>();
  private final Map<Encoding, Frame> joined = new HashMap<>();
  private final Map<Encoding, Map<JournalEntry, Frame>> farewells = new HashMap<>();
  private boolean forAll = true;
  private boolean forWhole = true;
  private long bytes;

  /** Adds a batch if it continues what is here and there is room. */
  boolean add(EventBatch batch) {
    JournalEntry first = batch.entries().getFirst();
    if (!entries.isEmpty()) {
      JournalEntry last = entries.getLast();
      boolean continues = first.seq() == last.seq() + 1 && first.epoch().equals(last.epoch());
      if (!continues || bytes > MOST_BYTES) {
        return false;
      }
    }
    batches.add(batch);
    for (JournalEntry entry : batch.entries()) {
      entries.add(entry);
      bytes += entry.data().length();
      Audience audience = entry.audience();
      forAll = forAll && audience == null;
      forWhole = forWhole && (audience == null || audience.whole());
    }
    return true;
  }

  List<JournalEntry> entries() {
    return entries;
  }

  /**
   * Whether all entries are meant for a reader as they are.
   *
   * @param whole whether the reader sees all of the topic
   */
  boolean isFor(boolean whole) {
    return forAll || whole && forWhole;
  }

  /**
   * The frame of an entry as somebody sees it; valid until {@link #done}.
   *
   * @param seen the entry at {@code index} itself, or what stands in its place
   */
  Frame frame(Encoding encoding, int index, JournalEntry seen) {
    if (seen != entries.get(index)) {
      return farewells
          .computeIfAbsent(encoding, absent -> new HashMap<>())
          .computeIfAbsent(seen, encoding::event);
    }
    int first = 0;
    for (EventBatch batch : batches) {
      if (index < first + batch.entries().size()) {
        return batch.frames(encoding).get(index - first);
      }
      first += batch.entries().size();
    }
    throw new IndexOutOfBoundsException(index);
  }

  private List<Frame> frames(Encoding encoding) {
    if (batches.size() == 1) {
      return batches.getFirst().frames(encoding);
    }
    List<Frame> frames = new ArrayList<>(entries.size());
    batches.forEach(batch -> frames.addAll(batch.frames(encoding)));
    return frames;
  }

  /** All entries in one frame; valid until {@link #done}. */
  Frame joined(Encoding encoding) {
    return entries.size() == 1
        ? frames(encoding).getFirst()
        : joined.computeIfAbsent(encoding, absent -> encoding.join(frames(encoding)));
  }

  /** Whether all entries may be written at once. */
  boolean isShort() {
    return bytes <= 2L * MOST_BYTES;
  }

  void done(RealtimeMetrics metrics) {
    joined.values().forEach(Frame::release);
    farewells.values().forEach(frames -> frames.values().forEach(Frame::release));
    for (EventBatch batch : batches) {
      metrics.reached(batch.entries().getLast().at());
      batch.done();
    }
  }
}
