package io.crewline.account;

import io.crewline.platform.Settings;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.filters.AuthenticationFetcher;
import jakarta.inject.Singleton;
import org.reactivestreams.Publisher;

/**
 * With {@code CREWLINE_AUTH=none}, lets a caller without a token name themselves by the header
 * {@code X-Crewline-User}; who does not is {@code guest}. Names are created on first use.
 */
@Singleton
final class SelfNamedCallerFetcher implements AuthenticationFetcher<HttpRequest<?>> {
  private static final String HEADER = "X-Crewline-User";
  private static final String NOBODY = "guest";

  private final boolean authRequired;
  private final AccountService accounts;
  private final Callers callers;

  SelfNamedCallerFetcher(Settings settings, AccountService accounts, Callers callers) {
    this.authRequired = settings.authRequired();
    this.accounts = accounts;
    this.callers = callers;
  }

  @Override
  public Publisher<Authentication> fetchAuthentication(HttpRequest<?> request) {
    HttpHeaders headers = request.getHeaders();
    if (authRequired
        || headers.contains(HttpHeaders.AUTHORIZATION)
        || !ApiRoutes.needCaller(request)) {
      return Publishers.empty();
    }
    String name = headers.get(HEADER);
    String username = name == null ? NOBODY : name;
    return callers.find(new Callers.Key(username, null), () -> accounts.identifyOrCreate(username));
  }
}
