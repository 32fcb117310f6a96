package io.crewline.journal;

import io.crewline.platform.JsonText;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A recorded event.
 *
 * @param seq contiguous within a topic and epoch, from 1
 * @param at when it was recorded; precision one millisecond
 * @param data the payload as JSON text
 * @param audience who may see it; null for everyone who may watch the topic
 */
public record JournalEntry(
    Topic topic,
    String epoch,
    long seq,
    String type,
    Instant at,
    String data,
    @Nullable Audience audience) {

  /** An event that everyone sees who may watch the topic. */
  public JournalEntry(Topic topic, String epoch, long seq, String type, Instant at, String data) {
    this(topic, epoch, seq, type, at, data, null);
  }

  public Position position() {
    return new Position(epoch, seq);
  }

  /**
   * What a reader sees of it: itself, what stands in its place, or null for nothing.
   *
   * @param username the reader; null for one who sees all of the topic
   */
  public @Nullable JournalEntry seenBy(@Nullable String username) {
    if (audience == null) {
      return this;
    }
    if (username == null ? audience.whole() : audience.seers().contains(username)) {
      return this;
    }
    return username != null && audience.leavers().contains(username) ? farewell() : null;
  }

  /** What leavers see; null where there are none. */
  public @Nullable JournalEntry farewell() {
    Audience.Farewell farewell = audience == null ? null : audience.farewell();
    return farewell != null && farewell.data() instanceof JsonText(String text)
        ? new JournalEntry(topic, epoch, seq, farewell.type(), at, text)
        : null;
  }

  /** Whether a user's sight of the topic is another from here on. */
  public boolean changesSightOf(String username) {
    return audience != null && audience.changed().contains(username);
  }
}
