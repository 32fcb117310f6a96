package io.crewline.task;

/** Examples of the OpenAPI document. A test holds each against its schema. */
final class TaskExamples {
  static final String TASK =
      """
      {
        "id": 17,
        "title": "Change the seal of pump 3",
        "description": "It drips again.",
        "status": "assigned",
        "priority": "high",
        "system": {"id": 2, "name": "Pump 3"},
        "employee": {"id": 5, "name": "Ada Lovelace"},
        "dueAt": "2026-03-02T16:00:00Z",
        "notes": [
          {
            "id": 41,
            "text": "The spare part is in hall 2.",
            "by": {"kind": "user", "id": "dave", "name": "Dave"},
            "createdAt": "2026-03-01T12:00:00.120Z"
          }
        ],
        "images": [],
        "acknowledgedAt": null,
        "completedAt": null,
        "version": 2,
        "createdAt": "2026-03-01T11:30:00.500Z",
        "updatedAt": "2026-03-01T12:00:00.120Z"
      }
      """;

  static final String EMPLOYEE =
      """
      {
        "id": 5,
        "name": "Ada Lovelace",
        "username": "ada",
        "email": "ada@example.org",
        "phone": "+44 20 7946 0000",
        "locale": "en",
        "createdAt": "2026-03-01T11:00:00.000Z",
        "updatedAt": "2026-03-01T11:00:00.000Z"
      }
      """;

  static final String SYSTEM =
      """
      {
        "id": 2,
        "name": "Pump 3",
        "description": "Hall 3, left of the gate",
        "createdAt": "2026-03-01T11:00:00.000Z",
        "updatedAt": "2026-03-01T11:00:00.000Z"
      }
      """;

  static final String TASKS =
      """
      {
        "items": [
          {
            "id": 17,
            "title": "Change the seal of pump 3",
            "description": "It drips again.",
            "status": "assigned",
            "priority": "high",
            "system": {"id": 2, "name": "Pump 3"},
            "employee": {"id": 5, "name": "Ada Lovelace"},
            "dueAt": "2026-03-02T16:00:00Z",
            "notes": [
              {
                "id": 41,
                "text": "The spare part is in hall 2.",
                "by": {"kind": "user", "id": "dave", "name": "Dave"},
                "createdAt": "2026-03-01T12:00:00.120Z"
              }
            ],
            "images": [],
            "acknowledgedAt": null,
            "completedAt": null,
            "version": 2,
            "createdAt": "2026-03-01T11:30:00.500Z",
            "updatedAt": "2026-03-01T12:00:00.120Z"
          }
        ],
        "nextCursor": null
      }
      """;

  static final String EMPLOYEES =
      """
      {
        "items": [
          {
            "id": 5,
            "name": "Ada Lovelace",
            "username": "ada",
            "email": "ada@example.org",
            "phone": "+44 20 7946 0000",
            "locale": "en",
            "createdAt": "2026-03-01T11:00:00.000Z",
            "updatedAt": "2026-03-01T11:00:00.000Z"
          }
        ],
        "nextCursor": "NQ"
      }
      """;

  static final String SYSTEMS =
      """
      {
        "items": [
          {
            "id": 2,
            "name": "Pump 3",
            "description": "Hall 3, left of the gate",
            "createdAt": "2026-03-01T11:00:00.000Z",
            "updatedAt": "2026-03-01T11:00:00.000Z"
          }
        ],
        "nextCursor": "Mg"
      }
      """;

  static final String NEW_TASK =
      """
      {
        "title": "Change the seal of pump 3",
        "description": "It drips again.",
        "priority": "high",
        "systemId": 2,
        "employeeId": 5,
        "dueAt": "2026-03-02T16:00:00Z"
      }
      """;

  static final String TASK_PATCH =
      """
      {"status": "inProgress", "dueAt": null, "version": 2}
      """;

  static final String NOTE =
      """
      {"text": "The spare part is in hall 2."}
      """;

  static final String NEW_SYSTEM =
      """
      {"name": "Pump 3", "description": "Hall 3, left of the gate"}
      """;

  static final String SYSTEM_PATCH =
      """
      {"name": "Pump 3 (new)"}
      """;

  static final String NEW_EMPLOYEE =
      """
      {
        "name": "Ada Lovelace",
        "username": "ada",
        "email": "ada@example.org",
        "phone": "+44 20 7946 0000",
        "locale": "en"
      }
      """;

  static final String EMPLOYEE_PATCH =
      """
      {"name": "Ada King", "phone": null}
      """;

  static final String TASK_NOTE =
      """
      {
        "id": 41,
        "text": "The spare part is in hall 2.",
        "by": {"kind": "user", "id": "dave", "name": "Dave"},
        "createdAt": "2026-03-01T12:00:00.120Z"
      }
      """;

  static final String TASK_IMAGE =
      """
      {
        "id": 7,
        "url": "/api/attachments/7",
        "thumbnailUrl": "/api/attachments/7/thumbnail",
        "contentType": "image/jpeg",
        "width": 1600,
        "height": 1200,
        "bytes": 284112,
        "by": {"kind": "user", "id": "ada", "name": "Ada"},
        "createdAt": "2026-03-01T12:00:00.120Z"
      }
      """;

  private TaskExamples() {}
}
