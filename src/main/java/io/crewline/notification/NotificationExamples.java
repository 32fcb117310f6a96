package io.crewline.notification;

/** Examples of the OpenAPI document. A test holds each against its schema. */
final class NotificationExamples {
  static final String NOTIFICATION =
      """
      {
        "id": 12,
        "kind": "taskAssigned",
        "createdAt": "2026-03-01T12:00:00.120Z",
        "readAt": null,
        "by": {"kind": "user", "id": "dave", "name": "Dave"},
        "data": {
          "task": {
            "id": 7,
            "title": "Change the seal of pump 3",
            "status": "assigned",
            "dueAt": "2026-03-02T12:00:00.000Z"
          }
        }
      }
      """;

  static final String NOTIFICATIONS =
      """
      {
        "items": [
          {
            "id": 13,
            "kind": "mention",
            "createdAt": "2026-03-01T12:05:00.120Z",
            "readAt": null,
            "by": {"kind": "user", "id": "dave", "name": "Dave"},
            "data": {"channel": "messaging:general", "messageId": 4711}
          }
        ],
        "nextCursor": "MTM",
        "unread": 1
      }
      """;

  static final String SETTINGS =
      """
      {
        "taskAssigned": true,
        "taskDueSoon": true,
        "taskOverdue": true,
        "mention": false,
        "confirmationAcknowledged": true,
        "taskDone": true
      }
      """;

  private NotificationExamples() {}
}
