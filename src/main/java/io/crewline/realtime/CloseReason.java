package io.crewline.realtime;

import io.crewline.platform.ApiException;

/**
 * Why the server ends a connection, and what the client should do next. Codes below 4000 are those
 * of RFC 6455 §7.4; the others are Crewline's.
 */
public enum CloseReason {
  /** The client said goodbye. */
  NORMAL(1000, "goodbye"),
  /** No sign of life for two heartbeats. Reconnect and resume. */
  NO_SIGN_OF_LIFE(1001, "no sign of life"),
  /** A frame that breaks RFC 6455. Fix it, do not reconnect. */
  PROTOCOL_ERROR(1002, "protocol error"),
  /** Binary frames are not part of the protocol. Fix it, do not reconnect. */
  UNSUPPORTED_DATA(1003, "text frames only"),
  /** Text that is not UTF-8. Fix it, do not reconnect. */
  INVALID_UTF8(1007, "invalid UTF-8"),
  /** A message over the limit. Do not repeat it. */
  TOO_LARGE(1009, "message too large"),
  /** A fault of the server. Reconnect and resume. */
  INTERNAL(1011, "internal error"),
  /** The server restarts or drains. Reconnect after {@code retryAfterMs} and resume. */
  RESTART(1012, "server restarts"),
  /** Too many frames that are not commands. Fix the client, do not reconnect. */
  MISUSE(4400, "protocol misuse"),
  /** Not, or no longer, authenticated. Get a new token, then reconnect. */
  UNAUTHENTICATED(4401, "not authenticated"),
  /** The origin is not allowed or the user is disabled. Stop. */
  FORBIDDEN(4403, "not allowed"),
  /** Over a rate limit for too long. Reconnect after a minute. */
  RATE_LIMITED(4429, "rate limited"),
  /** Too slow for too long. Reconnect and resume. */
  TOO_SLOW(4508, "too slow");

  private final int code;
  private final String text;

  CloseReason(int code, String text) {
    this.code = code;
    this.text = text;
  }

  /**
   * Why a session is closed whose user could not be confirmed: only one who may not come back is
   * told to stop.
   */
  static CloseReason of(ApiException e) {
    return switch (e.code()) {
      case UNAUTHENTICATED -> UNAUTHENTICATED;
      case FORBIDDEN -> FORBIDDEN;
      default -> RESTART;
    };
  }

  /** The WebSocket close code. */
  public int code() {
    return code;
  }

  /** The close reason text, at most 123 bytes. */
  public String text() {
    return text;
  }
}
