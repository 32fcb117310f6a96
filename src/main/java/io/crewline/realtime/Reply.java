package io.crewline.realtime;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.platform.ApiException;
import io.crewline.platform.ApiException.FieldError;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a command.
 *
 * @param type {@code ok}, {@code connected}, {@code initialized} or {@code error}
 * @param body a {@code @Serdeable} object whose fields become fields of the reply
 * @param after what to do once the reply is on its way, such as letting events follow it
 */
public record Reply(String type, Object body, Runnable after) {
  private static final Runnable NOTHING = () -> {};

  public static Reply ok() {
    return new Reply("ok", Map.of(), NOTHING);
  }

  public static Reply ok(Object body) {
    return new Reply("ok", body, NOTHING);
  }

  public static Reply of(String type, Object body) {
    return new Reply(type, body, NOTHING);
  }

  public static Reply error(ApiException e) {
    return new Reply(
        "error",
        new ErrorBody(
            new ErrorDetail(
                e.code().code(),
                e.detail(),
                e.code().retryable(),
                e.retryAfterMs(),
                e.errors().isEmpty() ? null : e.errors())),
        NOTHING);
  }

  /** The same reply, followed by an action. */
  public Reply then(Runnable action) {
    return new Reply(type, body, action);
  }

  /** The error code or {@code ok}, for metrics. */
  public String outcome() {
    return body instanceof ErrorBody failed ? failed.error().code() : "ok";
  }

  @Serdeable
  record ErrorBody(ErrorDetail error) {}

  /**
   * @param errors the fields that break a rule; absent when no field is to blame
   */
  @Serdeable
  record ErrorDetail(
      String code,
      String message,
      boolean retryable,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long retryAfterMs,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<FieldError> errors) {}
}
