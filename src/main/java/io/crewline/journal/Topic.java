package io.crewline.journal;

import io.crewline.platform.ApiException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A stream of events that can be subscribed to. Built and parsed here only.
 *
 * @param name {@code room:<type>:<id>}, {@code tasks} or {@code user:<username>}
 */
public record Topic(String name) implements Comparable<Topic> {
  private static final String ROOM = "room:";
  private static final String USER = "user:";
  private static final Pattern PART = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");
  private static final Pattern CID =
      Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}:[a-z0-9][a-z0-9_-]{0,63}");

  /** All task changes. */
  public static final Topic TASKS = new Topic("tasks");

  /** What nodes tell each other about who is online. Nobody can watch it, and it has no journal. */
  public static final Topic PRESENCE = new Topic("presence");

  /** What happens in a room. {@code cid} must be well-formed. */
  public static Topic room(String cid) {
    return new Topic(ROOM + cid);
  }

  /** What concerns one user. */
  public static Topic user(String username) {
    return new Topic(USER + username);
  }

  /** Parses a name that came from outside. */
  public static Topic parse(@Nullable String name) {
    return parse("topic", name);
  }

  /** Parses a name that came from outside; {@code field} is named in the error. */
  public static Topic parse(String field, @Nullable String name) {
    if (name != null) {
      if (name.equals(TASKS.name)
          || name.startsWith(ROOM) && CID.matcher(name.substring(ROOM.length())).matches()
          || name.startsWith(USER) && PART.matcher(name.substring(USER.length())).matches()) {
        return new Topic(name);
      }
    }
    throw ApiException.badField(field, "must be room:<type>:<id>, tasks or user:<username>");
  }

  /** The {@code cid} of a room's topic, null for other topics. */
  public @Nullable String cid() {
    return name.startsWith(ROOM) ? name.substring(ROOM.length()) : null;
  }

  /** The user of a {@code user:} topic, null for other topics. */
  public @Nullable String username() {
    return name.startsWith(USER) ? name.substring(USER.length()) : null;
  }

  /** The order in which topics are locked. */
  @Override
  public int compareTo(Topic other) {
    return name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return name;
  }
}
