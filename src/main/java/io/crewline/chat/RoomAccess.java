package io.crewline.chat;

import io.crewline.account.Identity;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.platform.Json;
import io.crewline.realtime.DeliveryListener;
import io.crewline.realtime.Notice;
import io.crewline.realtime.Session;
import io.crewline.realtime.TopicAuthorizer;
import io.crewline.realtime.TopicHub;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.util.Set;

/**
 * Who may watch a room: at the time of watching, and from then on, since the room's own events tell
 * every node who may no longer.
 */
@Singleton
final class RoomAccess implements TopicAuthorizer, DeliveryListener {
  private static final Set<String> WANTED =
      Set.of(ChatEvent.MemberRemoved.TYPE, ChatEvent.RoomUpdated.TYPE, ChatEvent.RoomDeleted.TYPE);

  private final RoomService rooms;
  private final Provider<TopicHub> hub;
  private final Json json;

  RoomAccess(RoomService rooms, Provider<TopicHub> hub, Json json) {
    this.rooms = rooms;
    this.hub = hub;
    this.json = json;
  }

  @Override
  public boolean owns(Topic topic) {
    return topic.cid() != null;
  }

  @Override
  public boolean mayWatch(Identity identity, Topic topic) {
    String cid = topic.cid();
    return cid != null && rooms.maySee(identity.username(), cid);
  }

  @Override
  public boolean wants(JournalEntry entry) {
    return entry.topic().cid() != null && WANTED.contains(entry.type());
  }

  @Override
  public void delivered(JournalEntry entry) {
    Notice removed = Notice.removed(entry.topic());
    if (entry.type().equals(ChatEvent.RoomDeleted.TYPE)) {
      hub.get().revoke(entry, session -> true, removed);
    } else if (entry.type().equals(ChatEvent.MemberRemoved.TYPE)) {
      String username = json.read(entry.data(), ChatEvent.MemberData.class).user().id();
      hub.get().revoke(entry, session -> isOf(session, username), removed);
    } else if (json.read(entry.data(), ChatEvent.RoomChange.class).changed().contains("private")) {
      // Who is a member cannot be asked here, so everyone asks again: outsiders get notFound.
      hub.get().revoke(entry, session -> true, Notice.reset(entry.topic()));
    }
  }

  private static boolean isOf(Session session, String username) {
    Session.Login login = session.login();
    return login != null && login.identity().username().equals(username);
  }
}
