package io.crewline.account;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What an account may do. Each role may do all that the roles after it may. */
public enum Role {
  /** Runs the installation: users, settings, everything below. */
  ADMIN,
  /** Sees and assigns all tasks, makes confirmation links, moderates rooms. */
  MANAGER,
  /** Talks in rooms and works on tasks of their own. */
  MEMBER;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  /** The name in JSON and in the database, for example {@code admin}. */
  public String wireName() {
    return wireName;
  }

  /** Whether this role may do what the other may. */
  public boolean atLeast(Role other) {
    return ordinal() <= other.ordinal();
  }

  /** The names of all roles. */
  static List<String> wireNames() {
    return Arrays.stream(values()).map(Role::wireName).toList();
  }

  /** The role of a wire name; null when there is none of that name. */
  public static @Nullable Role ofWireName(@Nullable String wireName) {
    for (Role role : values()) {
      if (role.wireName.equals(wireName)) {
        return role;
      }
    }
    return null;
  }
}
