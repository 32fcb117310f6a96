package io.crewline.platform;

/**
 * The closed catalogue of errors. Every protocol answers with these codes: REST as {@code code} of
 * an RFC 9457 problem, sockets as {@code error.code} of an error reply. A client decides by the
 * code, and by {@link #retryable()}, what to do next; the message is for people.
 */
public enum ErrorCode {
  /**
   * The input breaks a rule; {@code errors} names the fields where it can. Fix it, do not repeat.
   */
  BAD_REQUEST("badRequest", 400, "Bad request", false),
  /** The command type is not one of this protocol version. */
  UNKNOWN_COMMAND("unknownCommand", 400, "Unknown command", false),
  /** No valid token, or the token is expired or revoked. Get a new one. */
  UNAUTHENTICATED("unauthenticated", 401, "Not authenticated", false),
  /** Authenticated, but not allowed to do this. */
  FORBIDDEN("forbidden", 403, "Forbidden", false),
  /** It does not exist, or the caller may not know that it exists. */
  NOT_FOUND("notFound", 404, "Not found", false),
  /** The HTTP method does not exist for this path. */
  METHOD_NOT_ALLOWED("methodNotAllowed", 405, "Method not allowed", false),
  /** None of the media types of {@code Accept} can be produced. */
  NOT_ACCEPTABLE("notAcceptable", 406, "Not acceptable", false),
  /** It exists already, or changed since it was read. */
  CONFLICT("conflict", 409, "Conflict", false),
  /** A body over its limit. (A text over its limit is {@code badRequest} with the field's name.) */
  TOO_LARGE("tooLarge", 413, "Too large", false),
  /** The body's media type is not accepted here. */
  UNSUPPORTED_MEDIA_TYPE("unsupportedMediaType", 415, "Unsupported media type", false),
  /** Well-formed, but what it asks for is not possible in the present state. */
  UNPROCESSABLE("unprocessable", 422, "Unprocessable", false),
  /** A task may not go from its status to this one; {@code allowed} names those that may follow. */
  STATUS_NOT_ALLOWED("statusNotAllowed", 422, "Status not allowed", false),
  /** Too many of these; wait {@code retryAfterMs} (REST: {@code Retry-After}) and repeat. */
  RATE_LIMITED("rateLimited", 429, "Too many requests", true),
  /** The server has a fault. It is logged; repeating is unlikely to help. */
  INTERNAL("internal", 500, "Internal error", false),
  /** The database or another part is away for now; the same call may go through later. */
  UNAVAILABLE("unavailable", 503, "Unavailable", true);

  private final String code;
  private final int status;
  private final String title;
  private final boolean retryable;

  ErrorCode(String code, int status, String title, boolean retryable) {
    this.code = code;
    this.status = status;
    this.title = title;
    this.retryable = retryable;
  }

  /** The code as it stands on the wire, for example {@code badRequest}. */
  public String code() {
    return code;
  }

  /** The HTTP status that goes with it. */
  public int status() {
    return status;
  }

  /** A short English title, the same for every occurrence. */
  public String title() {
    return title;
  }

  /** Whether the same call may succeed later without any change. */
  public boolean retryable() {
    return retryable;
  }
}
