package io.crewline.contract;

import io.crewline.testing.Rest.Answer;

/** Logins, users and the own account. */
final class AccountScenario extends RestScenario {
  AccountScenario(RestStage stage) {
    super(stage);
  }

  void tokens() {
    Answer login =
        call("", "POST", "/api/token", "{\"username\":\"admin\",\"password\":\"admin-password\"}");
    expect(200, login);
    String refresh = "{\"refresh\":\"" + login.text("refresh") + "\"}";
    Answer refreshed = call("", "POST", "/api/token/refresh", refresh);
    expect(200, refreshed);
    String next = "{\"refresh\":\"" + refreshed.text("refresh") + "\"}";
    expect(200, call("", "POST", "/api/token/refresh", next));
    expect(401, call("", "POST", "/api/token/refresh", refresh));
    expect(204, call("", "POST", "/api/token/revoke", refresh));
    String wrong = "{\"username\":\"admin\",\"password\":\"wrong-password\"}";
    expect(401, call("", "POST", "/api/token", wrong));
  }

  void users() {
    String user =
        "{\"username\":\"una\",\"password\":\"password-of-una\",\"displayName\":\"Una\",\"role\":\"manager\"}";
    expect(201, call(admin, "POST", "/api/users", user));
    expect(409, call(admin, "POST", "/api/users", user));
    expect(403, call(dave, "POST", "/api/users", user));
    expect(200, call(admin, "GET", "/api/users?limit=2", ""));
    expect(403, call(dave, "GET", "/api/users", ""));
    expect(200, call(admin, "GET", "/api/users/una", ""));
    expect(403, call(dave, "GET", "/api/users/una", ""));
    expect(404, call(admin, "GET", "/api/users/nobody", ""));
    expect(200, call(admin, "PATCH", "/api/users/una", "{\"role\":\"member\",\"disabled\":true}"));
    expect(403, call(dave, "PATCH", "/api/users/una", "{}"));
    expect(404, call(admin, "PATCH", "/api/users/nobody", "{}"));
    expect(409, call(admin, "PATCH", "/api/users/admin", "{\"role\":\"member\"}"));
    expect(200, call(dave, "GET", "/api/me", ""));
    expect(200, call(dave, "PATCH", "/api/me", "{\"displayName\":\"Dave\"}"));
    expect(400, call(dave, "PATCH", "/api/me", "{\"password\":\"another-password\"}"));
  }
}
