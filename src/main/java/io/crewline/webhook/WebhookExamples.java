package io.crewline.webhook;

/** Examples of the OpenAPI document. A test holds each against its schema. */
final class WebhookExamples {
  static final String REQUEST =
      """
      {
        "url": "https://erp.example.com/hooks/crewline",
        "events": ["task:created", "task:updated", "message.new"],
        "description": "ERP"
      }
      """;

  static final String WEBHOOK =
      """
      {
        "id": 7,
        "url": "https://erp.example.com/hooks/crewline",
        "events": ["task:created", "task:updated", "message.new"],
        "description": "ERP",
        "active": true,
        "disabledReason": null,
        "failingSince": null,
        "secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "previousSecretUntil": null,
        "createdAt": "2026-03-01T12:00:00.120Z",
        "updatedAt": "2026-03-01T12:00:00.120Z"
      }
      """;

  static final String WEBHOOKS =
      """
      {
        "items": [
          {
            "id": 7,
            "url": "https://erp.example.com/hooks/crewline",
            "events": ["*"],
            "description": null,
            "active": false,
            "disabledReason": "failing",
            "failingSince": "2026-03-01T12:00:00.120Z",
            "previousSecretUntil": null,
            "createdAt": "2026-02-01T12:00:00.120Z",
            "updatedAt": "2026-03-06T12:00:00.120Z"
          }
        ],
        "nextCursor": null
      }
      """;

  static final String DELIVERY =
      """
      {
        "id": 4711,
        "webhookId": 7,
        "eventId": "tasks:4f1c2a9be07d:42",
        "type": "task:updated",
        "topic": "tasks",
        "seq": 42,
        "state": "pending",
        "attempts": 1,
        "lastStatus": 503,
        "lastError": "answered 503",
        "lastResponse": "down for maintenance",
        "lastAttemptAt": "2026-03-01T12:00:00.520Z",
        "nextAttemptAt": "2026-03-01T12:00:05.370Z",
        "createdAt": "2026-03-01T12:00:00.120Z",
        "finishedAt": null
      }
      """;

  static final String DELIVERIES =
      """
      {
        "items": [
          {
            "id": 4712,
            "webhookId": 7,
            "eventId": "ping:q7Vt3nW0cYk1mB8sD5fGxQ",
            "type": "ping",
            "topic": null,
            "seq": null,
            "state": "delivered",
            "attempts": 1,
            "lastStatus": 204,
            "lastError": null,
            "lastResponse": null,
            "lastAttemptAt": "2026-03-01T12:00:00.520Z",
            "nextAttemptAt": null,
            "createdAt": "2026-03-01T12:00:00.120Z",
            "finishedAt": "2026-03-01T12:00:00.520Z"
          }
        ],
        "nextCursor": "NDcxMg"
      }
      """;

  static final String REPLAYED =
      """
      {"replayed": 12}
      """;

  private WebhookExamples() {}
}
