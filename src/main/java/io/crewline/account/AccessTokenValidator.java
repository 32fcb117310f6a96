package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.token.validator.TokenValidator;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * Turns the bearer token of a request into its caller. A token that is not valid leaves the request
 * anonymous, so a client may send an expired one along to the login; the reason is kept for the
 * answer where a caller is needed.
 */
@Singleton
final class AccessTokenValidator implements TokenValidator<HttpRequest<?>> {
  /** The request attribute that says why a token was refused. */
  static final String REFUSAL = "crewline.tokenRefusal";

  private final AccessTokens tokens;
  private final AccountService accounts;
  private final Callers callers;

  AccessTokenValidator(AccessTokens tokens, AccountService accounts, Callers callers) {
    this.tokens = tokens;
    this.accounts = accounts;
    this.callers = callers;
  }

  @Override
  public Publisher<Authentication> validateToken(String token, @Nullable HttpRequest<?> request) {
    if (request == null || !ApiRoutes.needCaller(request)) {
      return Publishers.empty();
    }
    if (request.getHeaders().getAll(HttpHeaders.AUTHORIZATION).size() > 1) {
      // Whoever is in front of us may have looked at the other one.
      request.setAttribute(REFUSAL, "there must be one Authorization header");
      return Publishers.empty();
    }
    try {
      VerifiedToken verified = tokens.verify(token);
      request.setAttribute(VerifiedToken.ATTRIBUTE, verified);
      return callers.find(
          new Callers.Key(verified.username(), verified.login()),
          () -> identify(verified, request));
    } catch (ApiException e) {
      request.setAttribute(REFUSAL, e.detail());
      return Publishers.empty();
    }
  }

  private @Nullable Identity identify(VerifiedToken token, HttpRequest<?> request) {
    try {
      return accounts.identify(token);
    } catch (ApiException e) {
      if (e.code() != ErrorCode.UNAUTHENTICATED && e.code() != ErrorCode.FORBIDDEN) {
        throw e;
      }
      request.setAttribute(REFUSAL, e.detail());
      return null;
    }
  }
}
