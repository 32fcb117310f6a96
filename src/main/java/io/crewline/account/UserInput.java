package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.JsonInput;
import io.crewline.platform.Text;
import io.micronaut.json.tree.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants an account to be, within the rules; null keeps what there is, or stands for
 * the default of a new account.
 */
record UserInput(
    String username,
    @Nullable String password,
    @Nullable String displayName,
    @Nullable Role role,
    @Nullable Boolean disabled) {
  private static final int LONGEST_NAME = 100;

  /** A new account. */
  static UserInput create(JsonNode body) {
    JsonInput input = new JsonInput(body);
    String named = input.string("username", Usernames::required);
    String username = named == null ? "" : named;
    String password =
        input.secret("password", (field, text) -> Passwords.required(field, text, username));
    UserInput read = read(input, username, password);
    input.check();
    return read;
  }

  /** A change of an account, of which only the display name can be removed. */
  static UserInput change(String username, JsonInput input) {
    String named = input.string("username");
    if (named != null && !named.equals(username)) {
      input.wrong("username", "cannot be changed");
    }
    for (String field : new String[] {"username", "password", "role", "disabled"}) {
      input.keep(field);
    }
    UserInput read = read(input, username, newPassword(input, username));
    input.check();
    return read;
  }

  /** A change of the own account, which must name the current password for a new one. */
  static UserInput changeOwn(String username, JsonInput input) {
    input.keep("password");
    input.keep("currentPassword");
    String password = newPassword(input, username);
    if (input.secret("currentPassword") == null
        && input.has("password")
        && !input.removes("password")
        && !input.has("currentPassword")) {
      input.wrong("currentPassword", "is required with a new password");
    }
    UserInput read = new UserInput(username, password, displayName(input, username), null, null);
    input.check();
    return read;
  }

  private static @Nullable String newPassword(JsonInput input, String username) {
    return input.secret(
        "password",
        (field, text) -> text == null ? null : Passwords.required(field, text, username));
  }

  private static UserInput read(JsonInput input, String username, @Nullable String password) {
    return new UserInput(
        username,
        password,
        displayName(input, username),
        input.named("role", Role::ofWireName, Role.wireNames()),
        input.flag("disabled"));
  }

  /** One that is removed becomes the username, as where none was given. */
  private static @Nullable String displayName(JsonInput input, String username) {
    return input.removes("displayName")
        ? username
        : input.string("displayName", UserInput::displayName);
  }

  private static @Nullable String displayName(String field, @Nullable String value) {
    if (value == null) {
      return null;
    }
    String name = Text.required(field, value, LONGEST_NAME).strip();
    if (name.chars().anyMatch(c -> c == '\n' || c == '\r' || c == '\t')) {
      throw ApiException.badField(field, "must be one line");
    }
    return name;
  }

  @Override
  public String toString() {
    return "UserInput[" + username + "]";
  }
}
