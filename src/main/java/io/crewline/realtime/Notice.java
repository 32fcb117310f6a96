package io.crewline.realtime;

import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.WireTime;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that the server tells one session and that is not an event: it has no sequence number
 * and is not kept.
 *
 * @param type its name on the wire
 * @param fields its other fields: texts, numbers
 * @param goOn where a client goes on that leaves its position to the protocol; null for where it is
 */
public record Notice(String type, Map<String, Object> fields, @Nullable Position goOn) {
  public Notice(String type, Map<String, Object> fields) {
    this(type, fields, null);
  }

  /** Asks for a sign of life. */
  public static final Notice PING = new Notice("ping", Map.of());

  /** The token ends soon; send {@code refresh}. */
  public static Notice tokenExpiring(Instant expiresAt) {
    return new Notice("tokenExpiring", Map.of("expiresAt", WireTime.of(expiresAt)));
  }

  /** Events were withheld; resume from here. */
  public static Notice position(Topic topic, Position position) {
    return new Notice("position", Map.of("topic", topic.name(), "position", position.toString()));
  }

  /** The position no longer fits; watch again for a fresh snapshot. */
  public static Notice reset(Topic topic) {
    return new Notice("reset", Map.of("topic", topic.name()));
  }

  /**
   * What the client has does not hold after {@code at} any more; watch again for a fresh snapshot.
   */
  public static Notice reset(Topic topic, Position at) {
    return new Notice("reset", Map.of("topic", topic.name()), at);
  }

  boolean isReset() {
    return type.equals("reset");
  }

  /** The node goes away; reconnect after so many milliseconds. */
  public static Notice goingAway(long retryAfterMs) {
    return new Notice("goingAway", Map.of("retryAfterMs", retryAfterMs));
  }

  /** The session may no longer see this topic, or the topic is gone. */
  public static Notice removed(Topic topic) {
    return new Notice("removed", Map.of("topic", topic.name()));
  }
}
