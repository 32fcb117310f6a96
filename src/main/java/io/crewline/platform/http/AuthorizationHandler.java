package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.security.authentication.AuthorizationException;
import io.micronaut.security.authentication.DefaultAuthorizationExceptionHandler;
import jakarta.inject.Singleton;

/** Answers the security rules' refusals: 401 with a challenge, or 403; never a redirect. */
@Singleton
@Replaces(DefaultAuthorizationExceptionHandler.class)
final class AuthorizationHandler
    implements ExceptionHandler<AuthorizationException, HttpResponse<?>> {
  @Override
  @SuppressWarnings("rawtypes") // as the framework declares it
  public HttpResponse<?> handle(HttpRequest request, AuthorizationException refusal) {
    return Problem.response(
        refusal.isForbidden()
            ? ApiException.forbidden("this is not allowed for the caller")
            : ApiException.of(ErrorCode.UNAUTHENTICATED, "a valid bearer token is required"));
  }
}
