package io.crewline.realtime;

import io.crewline.journal.JournalEntry;

/**
 * Sees events as this node delivers them, once and in order for each topic, on whichever node they
 * were committed. For features whose events change who may watch: what a listener does about an
 * event takes effect after that event and before the next one of its topic. Must not block.
 */
public interface DeliveryListener {
  /** Whether the listener wants this event. Cheap: asked for every event. */
  boolean wants(JournalEntry entry);

  void delivered(JournalEntry entry);
}
