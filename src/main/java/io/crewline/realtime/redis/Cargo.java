package io.crewline.realtime.redis;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.realtime.EphemeralEvent;
import java.util.List;

/** What is carried to the other nodes. */
sealed interface Cargo {
  Topic topic();

  /** The characters of its data. */
  int size();

  /** A journal entry; if it is lost, the journal has it. */
  record Entry(JournalEntry entry) implements Cargo {
    @Override
    public Topic topic() {
      return entry.topic();
    }

    @Override
    public int size() {
      return entry.data().length();
    }
  }

  /** An ephemeral event; if it is lost, it is lost. */
  record Ephemeral(EphemeralEvent event) implements Cargo {
    @Override
    public Topic topic() {
      return event.topic();
    }

    @Override
    public int size() {
      return event.data().length();
    }
  }

  static List<Cargo> ofEntries(List<JournalEntry> entries) {
    return entries.stream().<Cargo>map(Entry::new).toList();
  }

  static List<Cargo> ofEphemerals(List<EphemeralEvent> events) {
    return events.stream().<Cargo>map(Ephemeral::new).toList();
  }
}
