package io.crewline.webhook;

import java.util.List;

/** The types of events that the journal records, those that a webhook may name. */
final class EventTypes {
  static final List<String> KNOWN =
      List.of(
          "confirmation.updated",
          "login.ended",
          "member.added",
          "member.removed",
          "message.deleted",
          "message.new",
          "message.read",
          "message.updated",
          "notification.new",
          "notification.read",
          "reaction.deleted",
          "reaction.new",
          "room.deleted",
          "room.updated",
          "task:created",
          "task:deleted",
          "task:updated",
          "user.updated");

  private EventTypes() {}

  /** Whether there is an event that a type, or a beginning with {@code *}, names. */
  static boolean exist(String named) {
    return named.endsWith("*")
        ? KNOWN.stream().anyMatch(type -> type.startsWith(named.substring(0, named.length() - 1)))
        : KNOWN.contains(named);
  }
}
