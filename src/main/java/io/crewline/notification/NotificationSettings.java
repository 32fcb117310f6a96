package io.crewline.notification;

import static io.crewline.notification.NotificationKind.CONFIRMATION_ACKNOWLEDGED;
import static io.crewline.notification.NotificationKind.MENTION;
import static io.crewline.notification.NotificationKind.TASK_ASSIGNED;
import static io.crewline.notification.NotificationKind.TASK_DONE;
import static io.crewline.notification.NotificationKind.TASK_DUE_SOON;
import static io.crewline.notification.NotificationKind.TASK_OVERDUE;

import io.crewline.platform.JsonInput;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a user wants to be told, kind by kind. Everything, until they say otherwise. */
@Serdeable
@Schema(example = NotificationExamples.SETTINGS)
record NotificationSettings(
    boolean taskAssigned,
    boolean taskDueSoon,
    boolean taskOverdue,
    boolean mention,
    boolean confirmationAcknowledged,
    boolean taskDone) {

  static NotificationSettings of(Set<String> muted) {
    return new NotificationSettings(
        !muted.contains(TASK_ASSIGNED.wireName()),
        !muted.contains(TASK_DUE_SOON.wireName()),
        !muted.contains(TASK_OVERDUE.wireName()),
        !muted.contains(MENTION.wireName()),
        !muted.contains(CONFIRMATION_ACKNOWLEDGED.wireName()),
        !muted.contains(TASK_DONE.wireName()));
  }

  /** Which kinds to switch on or off. What is absent or null stays as it is. */
  @Serdeable
  @Schema(name = "NotificationSettingsRequest", example = "{\"mention\": false}")
  record Request(
      @Nullable Boolean taskAssigned,
      @Nullable Boolean taskDueSoon,
      @Nullable Boolean taskOverdue,
      @Nullable Boolean mention,
      @Nullable Boolean confirmationAcknowledged,
      @Nullable Boolean taskDone) {}

  /** What is to change, by the wire names of kinds; none can be removed. */
  static Map<String, Boolean> wanted(JsonInput input) {
    Map<String, Boolean> wanted = new LinkedHashMap<>();
    for (NotificationKind kind : NotificationKind.values()) {
      String name = kind.wireName();
      input.keep(name);
      Boolean on = input.flag(name);
      if (on != null) {
        wanted.put(name, on);
      }
    }
    input.check();
    return wanted;
  }
}
