package io.crewline.account;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Accounts, for administrators. */
@Controller("/api/users")
@Secured("admin")
@ExecuteOn(TaskExecutors.BLOCKING)
class UserController {
  private final UserService users;

  UserController(UserService users) {
    this.users = users;
  }

  @Get
  UserPage list(@QueryValue(defaultValue = "50") int limit, @QueryValue @Nullable String cursor) {
    return users.list(limit, cursor);
  }

  @Post
  HttpResponse<UserResponse> create(@Body UserRequest request) {
    UserResponse user = users.create(request);
    return HttpResponse.created(user, URI.create("/api/users/" + user.username()));
  }

  @Get("/{username}")
  UserResponse get(@PathVariable String username) {
    return users.get(username);
  }

  @Patch("/{username}")
  UserResponse change(@PathVariable String username, @Body UserRequest request) {
    return users.change(username, request);
  }
}
