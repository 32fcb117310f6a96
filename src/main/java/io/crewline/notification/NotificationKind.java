package io.crewline.notification;

/** What users are told about. Each can be switched off by each user. */
enum NotificationKind {
  /** A task was assigned to them. */
  TASK_ASSIGNED("taskAssigned"),
  /** A task of theirs is due within the time of {@code CREWLINE_DUE_SOON}. */
  TASK_DUE_SOON("taskDueSoon"),
  /** The due time of a task of theirs has passed. */
  TASK_OVERDUE("taskOverdue"),
  /** Somebody mentioned them in a room. */
  MENTION("mention"),
  /** An employee acknowledged what they were sent by a confirmation link of this user. */
  CONFIRMATION_ACKNOWLEDGED("confirmationAcknowledged"),
  /** An employee did a task by a confirmation link. */
  TASK_DONE("taskDone");

  private final String wireName;

  NotificationKind(String wireName) {
    this.wireName = wireName;
  }

  /** The name in JSON and in the database, for example {@code taskAssigned}. */
  String wireName() {
    return wireName;
  }
}
