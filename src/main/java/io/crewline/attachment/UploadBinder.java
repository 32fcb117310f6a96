package io.crewline.attachment;

import io.micronaut.core.convert.ArgumentConversionContext;
import io.micronaut.core.type.Argument;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.bind.binders.TypedRequestArgumentBinder;
import jakarta.inject.Singleton;
import java.util.Optional;

/** Lets controllers take the body of an upload as an argument, not yet read. */
@Singleton
final class UploadBinder implements TypedRequestArgumentBinder<Upload> {
  private static final Argument<Upload> TYPE = Argument.of(Upload.class);

  @Override
  public Argument<Upload> argumentType() {
    return TYPE;
  }

  @Override
  public BindingResult<Upload> bind(
      ArgumentConversionContext<Upload> context, HttpRequest<?> request) {
    return () -> Optional.of(new Upload(request));
  }
}
