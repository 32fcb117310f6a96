package io.crewline.gateway.sse;

import io.crewline.account.Identity;
import io.crewline.journal.Journal;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.JournalPage;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.realtime.Subscriptions;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads pages of the journal as a user may see them. */
@Singleton
final class EventReader {
  /** Of events that the reader may not see; a page that has passed so many ends where it is. */
  private static final int MOST_WITHHELD = 5_000;

  private static final int STEP = 1000;

  private final Journal journal;
  private final Subscriptions subscriptions;

  EventReader(Journal journal, Subscriptions subscriptions) {
    this.journal = journal;
    this.subscriptions = subscriptions;
  }

  /**
   * What a page holds.
   *
   * @param entries oldest first
   * @param position where the next page begins
   * @param reset whether {@code after} no longer fits, or the user's sight of the topic changed
   *     right after it
   */
  record Page(List<JournalEntry> entries, Position position, boolean reset) {}

  /**
   * The events after a position that the user, who may watch the topic, sees.
   *
   * @param after null for the oldest that is kept
   */
  Page read(Identity reader, Topic topic, @Nullable Position after, int limit) {
    boolean seesAll = subscriptions.seesAll(reader, topic);
    Position position = after == null ? journal.oldest(topic) : after;
    List<JournalEntry> entries = new ArrayList<>();
    int withheld = 0;
    while (true) {
      JournalPage page =
          journal.readAfter(topic, position, withheld == 0 ? limit - entries.size() : STEP);
      if (page.reset()) {
        return new Page(List.of(), page.head(), true);
      }
      for (JournalEntry entry : page.entries()) {
        if (entry.changesSightOf(reader.username())) {
          return entries.isEmpty()
              ? new Page(List.of(), page.head(), true)
              : new Page(entries, position, false);
        }
        JournalEntry seen = entry.seenBy(seesAll ? null : reader.username());
        position = entry.position();
        if (seen == null) {
          withheld++;
        } else {
          entries.add(seen);
          if (entries.size() == limit) {
            return new Page(entries, position, false);
          }
        }
      }
      if (page.reachesHead() || withheld >= MOST_WITHHELD) {
        return new Page(entries, position, false);
      }
    }
  }
}
