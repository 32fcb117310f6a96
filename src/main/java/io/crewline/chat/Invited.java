package io.crewline.chat;

import io.crewline.account.Usernames;
import io.crewline.platform.InputErrors;
import io.crewline.platform.JsonInput;
import io.crewline.platform.JsonValues;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Users who are to become members of a room.
 *
 * @param fields by username the field of the form that names it, such as {@code members[1]}
 */
record Invited(Map<String, String> fields) {
  static final int AT_ONCE = 100;

  static Invited nobody() {
    return new Invited(Map.of());
  }

  /** Those of {@code members}, and of {@code username} where {@code withUsername}. */
  static Invited read(JsonInput input, boolean withUsername) {
    Map<String, String> fields = new LinkedHashMap<>();
    if (withUsername) {
      String username =
          input.string(
              "username", (field, name) -> name == null ? null : Usernames.required(field, name));
      if (username != null) {
        fields.put(username, "username");
      }
    }
    input.list(
        "members",
        AT_ONCE,
        (field, value) -> {
          String name = Usernames.required(field, JsonValues.string(field, value));
          fields.putIfAbsent(name, field);
          return name;
        });
    InputErrors errors = input.errors();
    if (withUsername && fields.isEmpty() && !errors.names("username") && !errors.names("members")) {
      errors.add("members", "is required");
    }
    return new Invited(fields);
  }

  Set<String> usernames() {
    return fields.keySet();
  }

  /** Refuses those who do not exist. */
  void require(Collection<String> existing) {
    InputErrors errors = new InputErrors();
    fields.forEach(
        (username, field) -> {
          if (!existing.contains(username)) {
            errors.add(field, "there is no user " + username);
          }
        });
    errors.check();
  }

  Invited without(@Nullable String username) {
    Map<String, String> others = new LinkedHashMap<>(fields);
    others.remove(username);
    return new Invited(others);
  }
}
