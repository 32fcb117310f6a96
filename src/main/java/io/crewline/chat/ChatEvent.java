package io.crewline.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import io.crewline.platform.JsonText;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What happens in rooms. */
public sealed interface ChatEvent extends DomainEvent {

  /**
   * A message was sent.
   *
   * @param data {@code {"message":…}}, written once for the event and the reply to the sender
   */
  record MessagePosted(Topic topic, Message message, JsonText data) implements ChatEvent {
    static final String TYPE = "message.new";

    @Override
    public long seq() {
      return message.seq();
    }

    @Override
    public String type() {
      return TYPE;
    }
  }

  /** The text of a message changed. */
  record MessageUpdated(Topic topic, Message before, Message message) implements ChatEvent {
    @Override
    public String type() {
      return "message.updated";
    }

    @Override
    public Object data() {
      return new MessageData(message);
    }
  }

  /** A message was deleted; what is left of it is in the payload. */
  record MessageDeleted(Topic topic, Message message) implements ChatEvent {
    @Override
    public String type() {
      return "message.deleted";
    }

    @Override
    public Object data() {
      return new MessageData(message);
    }
  }

  /**
   * A member has read up to a message. Goes to the room, and to the user's own topic for their
   * other devices.
   */
  record MessageRead(Topic topic, ReadData data) implements ChatEvent {
    @Override
    public String type() {
      return "message.read";
    }
  }

  /** A reaction was added. */
  record ReactionAdded(Topic topic, ReactionData data) implements ChatEvent {
    @Override
    public String type() {
      return "reaction.new";
    }
  }

  /** A reaction was taken back. */
  record ReactionRemoved(Topic topic, ReactionData data) implements ChatEvent {
    @Override
    public String type() {
      return "reaction.deleted";
    }
  }

  /** Somebody joined or was added. Goes to the room, and to the user's own topic. */
  record MemberAdded(Topic topic, long seq, MemberData data) implements ChatEvent {
    static final String TYPE = "member.added";

    @Override
    public String type() {
      return TYPE;
    }
  }

  /** Somebody left or was removed. Goes to the room, and to the user's own topic. */
  record MemberRemoved(Topic topic, MemberData data) implements ChatEvent {
    static final String TYPE = "member.removed";

    @Override
    public String type() {
      return TYPE;
    }
  }

  /** Name or privacy of a room changed. */
  record RoomUpdated(Topic topic, RoomChange data) implements ChatEvent {
    static final String TYPE = "room.updated";

    @Override
    public String type() {
      return TYPE;
    }
  }

  /** A room was deleted, with all that was in it. */
  record RoomDeleted(Topic topic, RoomData data) implements ChatEvent {
    static final String TYPE = "room.deleted";

    @Override
    public String type() {
      return TYPE;
    }
  }

  @Serdeable
  record MessageData(Message message) {}

  /**
   * @param channel the room
   * @param messageId the newest message read; absent when the room has none
   * @param seq the position in the room's topic up to which was read
   */
  @Serdeable
  record ReadData(
      String channel,
      UserRef user,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long messageId,
      long seq) {}

  /**
   * @param reactions usernames by reaction, after the change
   */
  @Serdeable
  record ReactionData(
      long messageId, String reaction, UserRef user, Map<String, List<String>> reactions) {}

  @Serdeable
  record MemberData(String channel, UserRef user) {}

  @Serdeable
  record RoomData(Room channel) {}

  /**
   * @param changed {@code name}, {@code private} or both
   */
  @Serdeable
  record RoomChange(Room channel, List<String> changed) {}
}
