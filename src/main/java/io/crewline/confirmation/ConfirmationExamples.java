package io.crewline.confirmation;

/** Examples of the OpenAPI document. A test holds each against its schema. */
final class ConfirmationExamples {
  static final String CREATE =
      """
      {"employeeId": 5, "taskIds": [17, 18], "expiresAt": "2026-03-15T12:00:00Z"}
      """;

  static final String CREATED =
      """
      {
        "id": 9,
        "token": "Wm9x4bq0T2eKc1r7yQ5ZlA",
        "url": "https://crew.example.com/c/Wm9x4bq0T2eKc1r7yQ5ZlA",
        "expiresAt": "2026-03-15T12:00:00Z"
      }
      """;

  static final String CONFIRMATION =
      """
      {
        "id": 9,
        "employee": {"id": 5, "name": "Ada Lovelace"},
        "createdBy": "dave",
        "createdAt": "2026-03-01T12:00:00.120Z",
        "expiresAt": "2026-03-15T12:00:00Z",
        "acknowledgedAt": "2026-03-01T12:30:00.120Z",
        "revokedAt": null,
        "taskIds": [17, 18],
        "progress": {"tasks": 2, "acknowledged": 2, "inProgress": 1, "done": 0}
      }
      """;

  static final String PAGE =
      """
      {
        "items": [
          {
            "id": 9,
            "employee": {"id": 5, "name": "Ada Lovelace"},
            "createdBy": "dave",
            "createdAt": "2026-03-01T12:00:00.120Z",
            "expiresAt": "2026-03-15T12:00:00Z",
            "acknowledgedAt": null,
            "revokedAt": null,
            "taskIds": [17],
            "progress": {"tasks": 1, "acknowledged": 0, "inProgress": 0, "done": 0}
          }
        ],
        "nextCursor": null
      }
      """;

  static final String LINK =
      """
      {
        "employee": {"id": 5, "name": "Ada Lovelace"},
        "acknowledgedAt": null,
        "expiresAt": "2026-03-15T12:00:00Z",
        "tasks": [
          {
            "id": 17,
            "title": "Change the seal of pump 3",
            "description": "It drips again.",
            "status": "assigned",
            "priority": "high",
            "system": {"id": 2, "name": "Pump 3"},
            "dueAt": "2026-03-02T16:00:00Z",
            "notes": [],
            "images": [],
            "acknowledgedAt": null,
            "completedAt": null,
            "version": 2,
            "next": ["acknowledged", "inProgress", "done"]
          }
        ]
      }
      """;

  static final String STATUS =
      """
      {"status": "done", "note": "The new seal holds."}
      """;

  private ConfirmationExamples() {}
}
