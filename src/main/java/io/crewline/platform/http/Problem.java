package io.crewline.platform.http;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.platform.ApiException;
import io.crewline.platform.ApiException.FieldError;
import io.crewline.platform.ErrorCode;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The body of every error answer: a problem of RFC 9457, media type {@code
 * application/problem+json}.
 *
 * @param type a stable URI of the kind of error, {@code urn:crewline:error:} and the code
 * @param title a short English title, the same for every occurrence of the kind
 * @param status the HTTP status, repeated
 * @param detail what went wrong this time, for people
 * @param code the code of the catalogue {@link ErrorCode}, for programs
 * @param errors the input fields that break a rule; absent when no field is to blame
 * @param retryAfterMs how long to wait before the same call is worth repeating, in milliseconds;
 *     absent where that does not apply
 * @param members what else belongs to this kind of problem, such as {@code current}: each is a
 *     member of the problem itself
 */
@Serdeable
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(
    String type,
    String title,
    int status,
    String detail,
    String code,
    @Nullable List<FieldError> errors,
    @Nullable Long retryAfterMs,
    @JsonAnyGetter Map<String, Object> members) {

  /** The media type of problems. */
  public static final String MEDIA_TYPE = MediaType.APPLICATION_JSON_PROBLEM;

  private static final String TYPE_PREFIX = "urn:crewline:error:";

  /** The problem that a refusal stands for. */
  public static Problem of(ApiException refusal) {
    return of(
        refusal.code(),
        refusal.code().status(),
        refusal.detail(),
        refusal.errors(),
        refusal.retryAfterMs(),
        refusal.members());
  }

  static Problem of(
      ErrorCode code,
      int status,
      String detail,
      List<FieldError> errors,
      @Nullable Long retryAfterMs) {
    return of(code, status, detail, errors, retryAfterMs, Map.of());
  }

  private static Problem of(
      ErrorCode code,
      int status,
      String detail,
      List<FieldError> errors,
      @Nullable Long retryAfterMs,
      Map<String, Object> members) {
    return new Problem(
        TYPE_PREFIX + code.code(),
        code.title(),
        status,
        detail,
        code.code(),
        errors.isEmpty() ? null : errors,
        retryAfterMs,
        members);
  }

  /**
   * A whole answer: status, media type, body, and {@code Retry-After} (seconds) where it applies.
   */
  public static MutableHttpResponse<Problem> response(ApiException refusal) {
    MutableHttpResponse<Problem> response =
        HttpResponse.<Problem>status(HttpStatus.valueOf(refusal.code().status()))
            .body(of(refusal))
            .contentType(MediaType.APPLICATION_JSON_PROBLEM_TYPE);
    Long retryAfterMs = refusal.retryAfterMs();
    if (retryAfterMs != null) {
      long seconds = Math.max(1, Math.ceilDiv(retryAfterMs, 1000L));
      response.header(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
    }
    if (refusal.code() == ErrorCode.UNAUTHENTICATED) {
      response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    return response;
  }
}
