package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.crewline.platform.InputErrors;
import io.micronaut.core.convert.ArgumentConversionContext;
import io.micronaut.core.convert.ConversionContext;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.core.type.Argument;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.web.router.MethodBasedRouteInfo;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.RouteMatch;
import java.util.List;

/**
 * Finds all query parameters of a call that have not the type they are declared with. The framework
 * stops at the first.
 */
final class ParameterFaults {
  private ParameterFaults() {}

  /** The refusal of a call, with the other parameters that cannot be read. */
  static ApiException complete(ApiException fault, HttpRequest<?> request) {
    if (fault.errors().isEmpty()) {
      return fault;
    }
    InputErrors errors = new InputErrors();
    fault.errors().forEach(error -> errors.add(error.field(), error.message()));
    if (RouteAttributes.getRouteMatch(request).map(RouteMatch::getRouteInfo).orElse(null)
        instanceof MethodBasedRouteInfo<?, ?> route) {
      for (Argument<?> argument : route.getTargetMethod().getArguments()) {
        if (argument.isAnnotationPresent(QueryValue.class)) {
          check(argument, request, errors);
        }
      }
    }
    try {
      errors.check();
      return fault;
    } catch (ApiException all) {
      return all;
    }
  }

  private static void check(Argument<?> argument, HttpRequest<?> request, InputErrors errors) {
    String name = InputFault.name(argument);
    List<String> values = request.getParameters().getAll(name);
    if (!values.isEmpty()) {
      ArgumentConversionContext<?> context = ConversionContext.of(argument);
      if (ConversionService.SHARED.convert(values.getFirst(), context).isEmpty()) {
        errors.add(name, InputFault.expected(argument));
      }
    }
  }
}
