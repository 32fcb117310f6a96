package io.crewline.account;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Patch;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Parameter;

/** The caller's own account. */
@Controller("/api/me")
@ExecuteOn(TaskExecutors.BLOCKING)
class MeController {
  private final OwnAccountService ownAccount;

  MeController(OwnAccountService ownAccount) {
    this.ownAccount = ownAccount;
  }

  @Get
  UserResponse me(@Parameter(hidden = true) Identity caller) {
    return ownAccount.get(caller);
  }

  @Patch
  UserResponse change(
      @Parameter(hidden = true) Identity caller,
      HttpRequest<?> request,
      @Body OwnAccountRequest change) {
    return ownAccount.change(caller, request.getRemoteAddress(), change);
  }
}
