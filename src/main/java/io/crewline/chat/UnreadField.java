package io.crewline.chat;

import io.crewline.account.Identity;
import io.crewline.realtime.ConnectedField;
import jakarta.inject.Singleton;

/** {@code unread} of the {@code connected} reply: what {@code countUnread} would answer. */
@Singleton
final class UnreadField implements ConnectedField {
  private final UnreadService unread;

  UnreadField(UnreadService unread) {
    this.unread = unread;
  }

  @Override
  public String name() {
    return "unread";
  }

  @Override
  public Object value(Identity identity) {
    return ChatCommands.Counts.of(unread.counts(identity.username()));
  }
}
