package io.crewline.chat;

import io.crewline.journal.JournalEntry;
import io.crewline.platform.Json;
import io.crewline.realtime.DeliveryListener;
import io.crewline.realtime.presence.Presence;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;

/** Tells presence of each join, on every node where somebody watches the room. */
@Singleton
final class JoinListener implements DeliveryListener {
  private final Provider<Presence> presence;
  private final Json json;

  JoinListener(Provider<Presence> presence, Json json) {
    this.presence = presence;
    this.json = json;
  }

  @Override
  public boolean wants(JournalEntry entry) {
    return entry.type().equals(ChatEvent.MemberAdded.TYPE) && entry.topic().cid() != null;
  }

  @Override
  public void delivered(JournalEntry entry) {
    ChatEvent.MemberData data = json.read(entry.data(), ChatEvent.MemberData.class);
    presence.get().joined(data.user().id(), data.channel());
  }
}
