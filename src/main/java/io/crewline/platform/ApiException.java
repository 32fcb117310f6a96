package io.crewline.platform;

import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A refusal that the caller is told about, with a code of the catalogue. Gateways turn it into an
 * error reply, REST into a problem answer. It carries no stack trace: it is an answer, not a fault.
 */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The message is for people: it names no more fields, {@link #errors} all. */
  private static final int NAMED_IN_MESSAGE = 10;

  private final ErrorCode code;
  private final transient List<FieldError> errors;
  private final @Nullable Long retryAfterMs;
  private final transient Map<String, Object> members;

  /** One input field that breaks a rule. {@code field} is its JSON path, such as {@code text}. */
  @Serdeable
  public record FieldError(String field, String message) {}

  private ApiException(
      ErrorCode code, String message, List<FieldError> errors, @Nullable Long retryAfterMs) {
    this(code, message, errors, retryAfterMs, Map.of(), null);
  }

  private ApiException(
      ErrorCode code,
      String message,
      List<FieldError> errors,
      @Nullable Long retryAfterMs,
      Map<String, Object> members,
      @Nullable Throwable cause) {
    super(message, cause, false, false);
    this.code = code;
    this.errors = errors;
    this.retryAfterMs = retryAfterMs;
    this.members = members;
  }

  public static ApiException of(ErrorCode code, String message) {
    return new ApiException(code, message, List.of(), null);
  }

  public static ApiException badRequest(String message) {
    return of(ErrorCode.BAD_REQUEST, message);
  }

  /** Input that breaks a rule of one field. */
  public static ApiException badField(String field, String message) {
    return new ApiException(
        ErrorCode.BAD_REQUEST,
        field + ": " + message,
        List.of(new FieldError(field, message)),
        null);
  }

  /** Input that breaks rules of several fields. The message names the first of them. */
  public static ApiException badFields(List<FieldError> errors) {
    String first =
        errors.stream()
            .limit(NAMED_IN_MESSAGE)
            .map(error -> error.field() + ": " + error.message())
            .collect(Collectors.joining("; "));
    int more = errors.size() - NAMED_IN_MESSAGE;
    return new ApiException(
        ErrorCode.BAD_REQUEST,
        more > 0 ? first + "; and " + more + " more" : first,
        List.copyOf(errors),
        null);
  }

  public static ApiException notFound(String what) {
    return of(ErrorCode.NOT_FOUND, what + " not found");
  }

  public static ApiException forbidden(String message) {
    return of(ErrorCode.FORBIDDEN, message);
  }

  public static ApiException conflict(String message) {
    return of(ErrorCode.CONFLICT, message);
  }

  public static ApiException rateLimited(String message, long retryAfterMs) {
    return new ApiException(ErrorCode.RATE_LIMITED, message, List.of(), retryAfterMs);
  }

  public static ApiException unavailable(String message) {
    return unavailable(message, 1000);
  }

  public static ApiException unavailable(String message, long retryAfterMs) {
    return new ApiException(ErrorCode.UNAVAILABLE, message, List.of(), retryAfterMs);
  }

  static ApiException unavailable(String message, Throwable cause) {
    return new ApiException(ErrorCode.UNAVAILABLE, message, List.of(), 1000L, Map.of(), cause);
  }

  /**
   * The same refusal, telling one thing more, such as what the client collided with.
   *
   * @param value a {@code @Serdeable} value
   */
  public ApiException with(String member, Object value) {
    Map<String, Object> more = new TreeMap<>(members);
    more.put(member, value);
    return new ApiException(code, detail(), errors, retryAfterMs, more, getCause());
  }

  public ErrorCode code() {
    return code;
  }

  /** The message for people; never null. */
  public String detail() {
    return String.valueOf(getMessage());
  }

  public List<FieldError> errors() {
    return errors;
  }

  /** How long to wait before repeating, in milliseconds; null when that does not apply. */
  public @Nullable Long retryAfterMs() {
    return retryAfterMs;
  }

  /** What else the caller is told, by name: more members of a problem. */
  public Map<String, Object> members() {
    return members;
  }
}
