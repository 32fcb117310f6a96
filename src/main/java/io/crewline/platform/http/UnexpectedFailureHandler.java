package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Ids;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers every failure that nothing else explains: the caller gets a reference, the id of the
 * request, the log gets it with the failure, and nothing of the failure leaves the server.
 */
@Singleton
final class UnexpectedFailureHandler implements ExceptionHandler<Throwable, HttpResponse<?>> {
  private static final Logger LOG = LoggerFactory.getLogger(UnexpectedFailureHandler.class);
  private static final Pattern GONE =
      Pattern.compile(
          ".*(connection (reset|closed|abort|broken)|broken pipe).*", Pattern.CASE_INSENSITIVE);

  private final Ids ids;

  UnexpectedFailureHandler(Ids ids) {
    this.ids = ids;
  }

  @Override
  @SuppressWarnings("rawtypes") // as the framework declares it
  public HttpResponse<?> handle(HttpRequest request, Throwable failure) {
    if (failure instanceof IOException && isGone(failure)) {
      LOG.debug("The client went away", failure);
      return Problem.response(ApiException.badRequest("the connection ended inside the request"));
    }
    ApiException fault = InputFault.explain(failure);
    if (fault != null) {
      return Problem.response(fault);
    }
    String id = request.getHeaders().get(RequestIds.HEADER);
    String reference = id == null ? ids.random() : id;
    LOG.error(
        "{} {} failed, reference {}",
        request.getMethodName(),
        LinkPaths.loggable(request.getPath()),
        reference,
        failure);
    return Problem.response(
        ApiException.of(
            ErrorCode.INTERNAL, "something went wrong on the server; reference " + reference));
  }

  private static boolean isGone(Throwable failure) {
    String message = failure.getMessage();
    return message == null || GONE.matcher(message).matches();
  }
}
