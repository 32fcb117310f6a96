package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * Turns the errors that the framework finds by itself (no route, wrong method, unreadable body, a
 * request that is no HTTP) into problems. Whatever {@code Accept} asks for, the answer is a
 * problem: never a page.
 */
@Singleton
final class ProblemResponses implements ErrorResponseProcessor<Problem> {
  private static final long COME_BACK_MS = 1000;

  @Override
  public MutableHttpResponse<Problem> processResponse(
      ErrorContext context, MutableHttpResponse<?> response) {
    ApiException fault =
        response.code() < 500 ? context.getRootCause().map(InputFault::explain).orElse(null) : null;
    Problem problem;
    if (fault != null && response.code() == fault.code().status()) {
      problem = Problem.of(ParameterFaults.complete(fault, context.getRequest()));
    } else {
      problem = ofStatus(response.code());
    }
    if (response.code() == 401 && !response.getHeaders().contains(HttpHeaders.WWW_AUTHENTICATE)) {
      response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    retryAfter(response, problem);
    return response.body(problem).contentType(MediaType.APPLICATION_JSON_PROBLEM_TYPE);
  }

  /** A problem for an answer of which nothing but the status is known. */
  static Problem ofStatus(int status) {
    ErrorCode code = code(status);
    return Problem.of(
        code, status, detail(code), List.of(), code.retryable() ? COME_BACK_MS : null);
  }

  /** Sets the header of a problem that says when to repeat, unless it is set already. */
  static void retryAfter(MutableHttpResponse<?> response, Problem problem) {
    Long ms = problem.retryAfterMs();
    if (ms != null && !response.getHeaders().contains(HttpHeaders.RETRY_AFTER)) {
      response.header(HttpHeaders.RETRY_AFTER, Long.toString(Math.ceilDiv(ms, 1000L)));
    }
  }

  /** A problem of which nothing but the kind is known. */
  static Problem ofCode(ErrorCode code) {
    return Problem.of(code, code.status(), detail(code), List.of(), null);
  }

  private static ErrorCode code(int status) {
    return switch (status) {
      case 401 -> ErrorCode.UNAUTHENTICATED;
      case 403 -> ErrorCode.FORBIDDEN;
      case 404, 410 -> ErrorCode.NOT_FOUND;
      case 405 -> ErrorCode.METHOD_NOT_ALLOWED;
      case 406 -> ErrorCode.NOT_ACCEPTABLE;
      case 409, 412 -> ErrorCode.CONFLICT;
      case 413, 414, 431 -> ErrorCode.TOO_LARGE;
      case 415 -> ErrorCode.UNSUPPORTED_MEDIA_TYPE;
      case 422 -> ErrorCode.UNPROCESSABLE;
      case 429 -> ErrorCode.RATE_LIMITED;
      case 502, 503, 504 -> ErrorCode.UNAVAILABLE;
      default -> status < 500 ? ErrorCode.BAD_REQUEST : ErrorCode.INTERNAL;
    };
  }

  private static String detail(ErrorCode code) {
    return switch (code) {
      case BAD_REQUEST, UNKNOWN_COMMAND -> "the request could not be understood";
      case UNAUTHENTICATED -> "a valid bearer token is required";
      case FORBIDDEN -> "this is not allowed for the caller";
      case NOT_FOUND -> "there is nothing at this path";
      case CONFIRMATION_NOT_FOUND -> "this link is not valid, or no longer";
      case METHOD_NOT_ALLOWED -> "this path has no such method; Allow lists those it has";
      case NOT_ACCEPTABLE -> "none of the media types of Accept can be produced";
      case CONFLICT -> "the present state does not allow this";
      case TOO_LARGE -> "the request is over a size limit";
      case UNSUPPORTED_MEDIA_TYPE -> "the body's media type is not accepted here";
      case UNPROCESSABLE, STATUS_NOT_ALLOWED -> "this is not possible in the present state";
      case RATE_LIMITED -> "too many requests";
      case INTERNAL -> "something went wrong on the server";
      case UNAVAILABLE -> "the service cannot answer now";
    };
  }
}
