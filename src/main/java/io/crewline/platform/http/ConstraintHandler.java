package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.validation.exceptions.ConstraintExceptionHandler;
import jakarta.inject.Singleton;
import jakarta.validation.ConstraintViolationException;

/** Answers input that breaks a declared constraint, with each field and its rule. */
@Singleton
@Replaces(ConstraintExceptionHandler.class)
final class ConstraintHandler
    implements ExceptionHandler<ConstraintViolationException, HttpResponse<?>> {
  @Override
  @SuppressWarnings("rawtypes") // as the framework declares it
  public HttpResponse<?> handle(HttpRequest request, ConstraintViolationException failure) {
    ApiException fault = InputFault.explain(failure);
    return Problem.response(
        fault == null ? ApiException.badRequest("the input breaks a rule") : fault);
  }
}
