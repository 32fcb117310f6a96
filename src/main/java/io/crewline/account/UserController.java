package io.crewline.account;

import io.crewline.account.UserService.NewUser;
import io.crewline.platform.http.IdempotentAnswers;
import io.crewline.platform.http.MergePatch;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Accounts, for administrators. */
@Controller("/api/users")
@Secured("admin")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Users")
class UserController {
  private final UserService users;
  private final IdempotentAnswers answers;

  UserController(UserService users, IdempotentAnswers answers) {
    this.users = users;
    this.answers = answers;
  }

  /** Users by name. Administrators only. */
  @Get
  @Operation(operationId = "listUsers")
  @ApiResponse(responseCode = "200", description = "A page of users", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no administrator")
  UserPage list(@QueryValue(defaultValue = "50") int limit, @QueryValue @Nullable String cursor) {
    return users.list(limit, cursor);
  }

  /** Creates a user; username and password are required. Administrators only. */
  @Post
  @Operation(operationId = "createUser")
  @ApiResponse(responseCode = "201", description = "The new user", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no administrator")
  @ApiResponse(responseCode = "409", description = "The username is taken")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = UserRequest.class)))
  HttpResponse<UserResponse> create(@Body JsonNode body) {
    NewUser wanted = users.check(UserInput.create(body));
    return answers.commit(
        () -> users.create(wanted),
        user -> HttpResponse.created(user, URI.create("/api/users/" + user.username())));
  }

  /** One user. Administrators only. */
  @Get("/{username}")
  @Operation(operationId = "getUser")
  @ApiResponse(responseCode = "200", description = "The user", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no administrator")
  UserResponse get(@PathVariable String username) {
    return users.get(username);
  }

  /**
   * Changes a user; what is absent stays, and in plain JSON what is null. A merge patch may remove
   * the display name, which then is the username. Disabling a user ends their logins and open
   * connections within a second, on every node. Administrators only.
   */
  @Patch("/{username}")
  @Consumes({MediaType.APPLICATION_JSON, MergePatch.MEDIA_TYPE})
  @Operation(operationId = "updateUser")
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no administrator")
  @ApiResponse(responseCode = "409", description = "No enabled administrator would be left")
  @RequestBody(
      required = true,
      content = {
        @Content(
            mediaType = MediaType.APPLICATION_JSON,
            schema = @Schema(implementation = UserRequest.class)),
        @Content(
            mediaType = MergePatch.MEDIA_TYPE,
            schema = @Schema(implementation = UserRequest.class))
      })
  UserResponse change(
      @Parameter(hidden = true) HttpRequest<?> http,
      @PathVariable String username,
      @Body JsonNode body) {
    return users.change(UserInput.change(username, MergePatch.read(http, body)));
  }
}
