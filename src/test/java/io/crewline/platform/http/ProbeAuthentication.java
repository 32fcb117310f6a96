package io.crewline.platform.http;

import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpRequest;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.filters.AuthenticationFetcher;
import jakarta.inject.Singleton;
import org.reactivestreams.Publisher;

/** Believes the header {@code Probe-User}, so that these tests need no accounts. */
@Singleton
final class ProbeAuthentication implements AuthenticationFetcher<HttpRequest<?>> {
  @Override
  public Publisher<Authentication> fetchAuthentication(HttpRequest<?> request) {
    String user = request.getHeaders().get("Probe-User");
    return user == null ? Publishers.empty() : Publishers.just(Authentication.build(user));
  }
}
