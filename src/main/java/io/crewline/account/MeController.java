package io.crewline.account;

import io.crewline.platform.http.MergePatch;
import io.crewline.platform.limit.ClientAddresses;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Patch;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;

/** The caller's own account. */
@Controller("/api/me")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Me")
class MeController {
  private final OwnAccountService ownAccount;
  private final ClientAddresses addresses;

  MeController(OwnAccountService ownAccount, ClientAddresses addresses) {
    this.ownAccount = ownAccount;
    this.addresses = addresses;
  }

  /** The caller's own account. */
  @Get
  @Operation(operationId = "getMe")
  @ApiResponse(responseCode = "200", description = "The account", useReturnTypeSchema = true)
  UserResponse me(@Parameter(hidden = true) Identity caller) {
    return ownAccount.get(caller);
  }

  /**
   * Changes the caller's own account. A new password needs the current one and ends all logins;
   * wrong current passwords are limited as failed logins are.
   */
  @Patch
  @Consumes({MediaType.APPLICATION_JSON, MergePatch.MEDIA_TYPE})
  @Operation(operationId = "updateMe")
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "429", description = "Too many wrong passwords; see Retry-After")
  @RequestBody(
      required = true,
      content = {
        @Content(
            mediaType = MediaType.APPLICATION_JSON,
            schema = @Schema(implementation = OwnAccountRequest.class)),
        @Content(
            mediaType = MergePatch.MEDIA_TYPE,
            schema = @Schema(implementation = OwnAccountRequest.class))
      })
  UserResponse change(
      @Parameter(hidden = true) Identity caller,
      @Parameter(hidden = true) HttpRequest<?> request,
      @Body JsonNode body) {
    return ownAccount.change(caller, addresses.of(request), MergePatch.read(request, body));
  }
}
