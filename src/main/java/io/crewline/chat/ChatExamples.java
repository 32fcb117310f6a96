package io.crewline.chat;

/** Examples of the OpenAPI document. A test holds each against its schema. */
final class ChatExamples {
  static final String CID = "^[a-z0-9][a-z0-9_-]{0,63}:[a-z0-9][a-z0-9_-]{0,63}$";
  static final String PART = "^[a-z0-9][a-z0-9_-]{0,63}$";

  static final String MESSAGE =
      """
      {
        "id": 4711,
        "channel": "messaging:general",
        "seq": 42,
        "user": {"id": "dave", "name": "Dave"},
        "text": "@ada the pump is fixed",
        "clientId": "c1f0",
        "attachments": [],
        "reactions": {"👍": ["ada"]},
        "mentions": ["ada"],
        "createdAt": "2026-03-01T12:00:00.120Z"
      }
      """;

  static final String MESSAGES =
      """
      {
        "items": [
          {
            "id": 4711,
            "channel": "messaging:general",
            "seq": 42,
            "user": {"id": "dave", "name": "Dave"},
            "text": "@ada the pump is fixed",
            "attachments": [],
            "reactions": {},
            "mentions": ["ada"],
            "createdAt": "2026-03-01T12:00:00.120Z"
          }
        ],
        "nextCursor": "YjQ3MTE"
      }
      """;

  static final String SEND =
      """
      {"text": "@ada the pump is fixed", "clientId": "c1f0", "replyTo": 4690}
      """;

  static final String UPDATE_MESSAGE =
      """
      {"text": "@ada the pump is fixed and tested"}
      """;

  static final String MARK_READ =
      """
      {"messageId": 4711}
      """;

  static final String UNREAD_OVERVIEW =
      """
      {
        "total": 3,
        "rooms": [
          {"cid": "messaging:general", "unread": 3, "mentions": 1, "firstUnreadId": 4709},
          {"cid": "messaging:pumps", "unread": 0, "mentions": 0, "firstUnreadId": null}
        ]
      }
      """;

  static final String NEW_ROOM =
      """
      {"id": "pumps", "name": "Pumps", "private": true, "members": ["ada", "kim"]}
      """;

  static final String UPDATE_ROOM =
      """
      {"name": "Pumps and valves"}
      """;

  static final String ROOM =
      """
      {
        "cid": "messaging:pumps",
        "type": "messaging",
        "id": "pumps",
        "name": "Pumps",
        "private": true,
        "createdBy": "dave",
        "createdAt": "2026-03-01T12:00:00.120Z",
        "seq": 3,
        "epoch": "4f1c2a9be07d",
        "unread": 0,
        "mentions": 0,
        "lastMessage": null
      }
      """;

  static final String ROOMS =
      """
      {
        "items": [
          {
            "cid": "messaging:pumps",
            "type": "messaging",
            "id": "pumps",
            "name": "Pumps",
            "private": true,
            "createdBy": "dave",
            "createdAt": "2026-03-01T12:00:00.120Z",
            "seq": 3,
            "epoch": "4f1c2a9be07d",
            "unread": 0,
            "mentions": 0,
            "lastMessage": null
          }
        ],
        "nextCursor": null
      }
      """;

  static final String ADD_MEMBERS =
      """
      {"members": ["ada", "kim"]}
      """;

  static final String MEMBERS =
      """
      {
        "items": [
          {
            "user": {"id": "ada", "name": "Ada Lovelace"},
            "role": "member",
            "joinedAt": "2026-03-01T12:00:00.120Z"
          }
        ],
        "nextCursor": null
      }
      """;

  private ChatExamples() {}
}
