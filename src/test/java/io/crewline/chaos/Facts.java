package io.crewline.chaos;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What an event says, as far as it is compared. */
final class Facts {
  private Facts() {}

  /** Type and payload as one number, the same for the same content. */
  static int content(String type, Map<String, Object> data) {
    return 31 * type.hashCode() + data.hashCode();
  }

  /** The message or the task that an event is about; 0 for another. */
  static long subject(String type, Map<String, Object> data) {
    return switch (type) {
      case "message.new", "message.updated", "message.deleted" ->
          Link.number(Link.object(data, "message").get("id"));
      case "task:created", "task:updated", "task:deleted" ->
          Link.number(Link.object(data, "task").get("id"));
      default -> 0;
    };
  }

  /** The mark that the writer of a message or the changer of a task left in it. */
  static long key(String type, Map<String, Object> data) {
    return switch (type) {
      case "message.new" -> SendKey.parse(Link.object(data, "message").get("clientId"));
      case "task:created" -> SendKey.parse(Link.object(data, "task").get("title"));
      case "task:updated" -> {
        List<?> changed = (List<?>) Objects.requireNonNull(data.get("changed"));
        Map<String, Object> task = Link.object(data, "task");
        if (changed.contains("description")) {
          yield SendKey.parse(task.get("description"));
        }
        yield changed.contains("notes") ? SendKey.parse(lastNote(task)) : SendKey.NONE;
      }
      default -> SendKey.NONE;
    };
  }

  private static @Nullable Object lastNote(Map<String, Object> task) {
    List<?> notes = (List<?>) Objects.requireNonNull(task.get("notes"));
    return notes.isEmpty() ? null : ((Map<?, ?>) notes.getLast()).get("text");
  }

  /** The change that an event tells, and no other event of its topic may; null for none. */
  static @Nullable String change(String type, Map<String, Object> data) {
    return switch (type) {
      case "message.new", "message.deleted" -> type + " " + subject(type, data);
      case "message.updated" -> {
        long key = SendKey.parse(Link.object(data, "message").get("text"));
        yield key == SendKey.NONE ? null : type + " " + SendKey.text(key);
      }
      case "reaction.new", "reaction.deleted" -> {
        long key = SendKey.parse(data.get("reaction"));
        yield key == SendKey.NONE ? null : type + " " + SendKey.text(key);
      }
      case "message.read" ->
          "message.read %s to %s in %s"
              .formatted(Link.object(data, "user").get("id"), data.get("seq"), data.get("channel"));
      case "task:created", "task:updated" -> {
        Map<String, Object> task = Link.object(data, "task");
        yield task(Link.number(task.get("id")), Link.number(task.get("version")));
      }
      case "task:deleted" -> taskDeleted(subject(type, data));
      default -> null;
    };
  }

  static String task(long id, long version) {
    return "task " + id + " at version " + version;
  }

  static String taskDeleted(long id) {
    return "task " + id + " deleted";
  }
}
