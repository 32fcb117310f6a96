package io.crewline.realtime.memory;

import io.crewline.journal.JournalEntry;
import io.crewline.realtime.EphemeralEvent;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Joins the broadcasters of one process. */
@Singleton
public final class InMemoryBus {
  private final Map<InMemoryBroadcaster, Member> members = new ConcurrentHashMap<>();

  /** What a broadcaster takes from the others. */
  record Member(Consumer<List<JournalEntry>> entries, Consumer<List<EphemeralEvent>> ephemerals) {}

  void join(InMemoryBroadcaster broadcaster, Member member) {
    members.put(broadcaster, member);
  }

  void publish(InMemoryBroadcaster sender, Consumer<Member> message) {
    members.forEach(
        (broadcaster, member) -> {
          if (broadcaster != sender) {
            message.accept(member);
          }
        });
  }
}
