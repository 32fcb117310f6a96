package io.crewline.realtime.memory;

import io.crewline.journal.JournalEntry;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Joins the broadcasters of one process. */
@Singleton
public final class InMemoryBus {
  private final Map<InMemoryBroadcaster, Consumer<List<JournalEntry>>> members =
      new ConcurrentHashMap<>();

  void join(InMemoryBroadcaster member, Consumer<List<JournalEntry>> receiver) {
    members.put(member, receiver);
  }

  void publish(InMemoryBroadcaster sender, List<JournalEntry> entries) {
    members.forEach(
        (member, receiver) -> {
          if (member != sender) {
            receiver.accept(entries);
          }
        });
  }
}
