package io.crewline.account;

import io.crewline.account.UserService.NewUser;
import io.crewline.platform.http.IdempotentAnswers;
import io.crewline.platform.http.MergePatch;
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
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.swagger.v3.oas.annotations.Operation;
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
  HttpResponse<UserResponse> create(@Body UserRequest request) {
    NewUser wanted = users.check(request);
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
   * Changes a user; what is absent stays. Disabling a user ends their logins and open connections
   * within a second, on every node. Administrators only.
   */
  @Patch("/{username}")
  @Consumes({MediaType.APPLICATION_JSON, MergePatch.MEDIA_TYPE})
  @Operation(operationId = "updateUser")
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no administrator")
  @ApiResponse(responseCode = "409", description = "No enabled administrator would be left")
  UserResponse change(@PathVariable String username, @Body UserRequest request) {
    return users.change(username, request);
  }
}
