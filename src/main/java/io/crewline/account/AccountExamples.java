package io.crewline.account;

/** Examples of the OpenAPI document. A test holds each against its schema. */
final class AccountExamples {
  static final String USERNAME = "^[a-z0-9][a-z0-9_-]{0,63}$";

  static final String LOGIN =
      """
      {"username": "ada", "password": "correct horse battery"}
      """;

  static final String TOKENS =
      """
      {
        "userID": "ada",
        "userToken": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
        "access": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
        "refresh": "q7Vt3nW0cYk1mB8sD5fGxQ",
        "tokenType": "Bearer",
        "expiresIn": 3600
      }
      """;

  static final String REFRESH =
      """
      {"refresh": "q7Vt3nW0cYk1mB8sD5fGxQ"}
      """;

  static final String OWN_ACCOUNT =
      """
      {
        "displayName": "Ada Lovelace",
        "password": "a new long password",
        "currentPassword": "correct horse battery"
      }
      """;

  static final String NEW_USER =
      """
      {
        "username": "ada",
        "password": "correct horse battery",
        "displayName": "Ada Lovelace",
        "role": "manager"
      }
      """;

  static final String USER =
      """
      {
        "username": "ada",
        "displayName": "Ada Lovelace",
        "role": "manager",
        "disabled": false,
        "createdAt": "2026-03-01T12:00:00.120Z"
      }
      """;

  static final String USERS =
      """
      {
        "items": [
          {
            "username": "ada",
            "displayName": "Ada Lovelace",
            "role": "manager",
            "disabled": false,
            "createdAt": "2026-03-01T12:00:00.120Z"
          }
        ],
        "nextCursor": "YWRh"
      }
      """;

  private AccountExamples() {}
}
