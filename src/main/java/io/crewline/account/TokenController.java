package io.crewline.account;

import io.crewline.platform.ApiException;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import org.jspecify.annotations.Nullable;

/** Login, and exchange and revocation of refresh tokens. */
@Controller("/api/token")
@ExecuteOn(TaskExecutors.BLOCKING)
class TokenController {
  private final LoginService logins;
  private final RefreshService refreshes;

  TokenController(LoginService logins, RefreshService refreshes) {
    this.logins = logins;
    this.refreshes = refreshes;
  }

  @Post
  MutableHttpResponse<TokenResponse> login(HttpRequest<?> request, @Body LoginRequest login) {
    return uncached(
        logins.login(
            request.getRemoteAddress(), required("username", login.username()), login.password()));
  }

  @Post("/refresh")
  MutableHttpResponse<TokenResponse> refresh(@Body RefreshRequest request) {
    return uncached(refreshes.refresh(required("refresh", request.refresh())));
  }

  @Post("/revoke")
  HttpResponse<?> revoke(@Body RefreshRequest request) {
    refreshes.revoke(required("refresh", request.refresh()));
    return HttpResponse.noContent();
  }

  /** RFC 6749 §5.1: a response with tokens must not be kept. */
  private static MutableHttpResponse<TokenResponse> uncached(TokenResponse response) {
    return HttpResponse.ok(response).header("Cache-Control", "no-store");
  }

  private static String required(String field, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw ApiException.badField(field, "is required");
    }
    return value;
  }
}
