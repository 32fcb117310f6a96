package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.micronaut.core.convert.ArgumentConversionContext;
import io.micronaut.core.type.Argument;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.bind.binders.TypedRequestArgumentBinder;
import io.micronaut.security.authentication.Authentication;
import jakarta.inject.Singleton;
import java.util.Optional;

/** Lets controllers take the caller as an argument; without one, nothing of them runs. */
@Singleton
final class IdentityBinder implements TypedRequestArgumentBinder<Identity> {
  private static final Argument<Identity> TYPE = Argument.of(Identity.class);

  @Override
  public Argument<Identity> argumentType() {
    return TYPE;
  }

  @Override
  public BindingResult<Identity> bind(
      ArgumentConversionContext<Identity> context, HttpRequest<?> request) {
    Identity identity =
        request.getUserPrincipal(Authentication.class).map(Callers::identity).orElse(null);
    if (identity == null) {
      throw ApiException.of(ErrorCode.UNAUTHENTICATED, "a token is needed here");
    }
    return () -> Optional.of(identity);
  }
}
