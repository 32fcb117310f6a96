package io.crewline.gateway.websocket;

/** Which close codes may stand in a close frame, RFC 6455 §7.4. */
final class CloseCodes {
  private CloseCodes() {}

  /** 1000 to 1014 without those that are reserved for local use, and 3000 to 4999. */
  static boolean maySend(int code) {
    return code >= 1000 && code <= 1003
        || code >= 1007 && code <= 1014
        || code >= 3000 && code <= 4999;
  }
}
