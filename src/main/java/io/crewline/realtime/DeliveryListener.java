package io.crewline.realtime;

import io.crewline.journal.JournalEntry;

/**
 * Sees each event that this node delivers, once and in order for each topic, on whichever node it
 * was committed. For features whose events change who may watch. Must not block.
 */
public interface DeliveryListener {
  void delivered(JournalEntry entry);
}
