package io.crewline.task;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.crewline.account.Identity;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;

/**
 * Who did something to a task.
 *
 * @param kind a user with an account, or an employee who came by a link
 * @param id the username, or the id of the employee
 * @param name for people
 */
@Serdeable
public record Actor(Kind kind, String id, String name) {

  /** How somebody came. */
  @Serdeable
  @Schema(name = "ActorKind")
  public enum Kind {
    /** With an account. */
    @JsonProperty("user")
    USER("user"),
    /** By a link, without an account. */
    @JsonProperty("employee")
    EMPLOYEE("employee");

    private final String wireName;

    Kind(String wireName) {
      this.wireName = wireName;
    }

    /** The name in JSON and in the database. */
    public String wireName() {
      return wireName;
    }

    static Kind ofWireName(String wireName) {
      return wireName.equals("employee") ? EMPLOYEE : USER;
    }
  }

  public static Actor user(Identity identity) {
    return new Actor(Kind.USER, identity.username(), identity.displayName());
  }

  public static Actor employee(long id, String name) {
    return new Actor(Kind.EMPLOYEE, Long.toString(id), name);
  }
}
