package io.crewline.account;

import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

/** The caller's own account. */
@Controller("/api/me")
@ExecuteOn(TaskExecutors.BLOCKING)
class MeController {
  private final UserService users;

  MeController(UserService users) {
    this.users = users;
  }

  @Get
  UserResponse me(Identity caller) {
    return users.get(caller.username());
  }
}
