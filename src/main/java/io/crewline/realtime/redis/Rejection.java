package io.crewline.realtime.redis;

/** A message from Redis that is not taken. */
final class Rejection extends Exception {
  private static final long serialVersionUID = 1L;

  enum Reason {
    VERSION("it has a version that this node does not know"),
    MALFORMED("it is malformed"),
    UNKNOWN_KEY("it is encrypted with a key that is not in CREWLINE_BROADCAST_KEYS"),
    TAMPERED("it was changed on its way, or belongs to another topic"),
    REPLAYED("it was here before, or is too old, or this node's clock is not its sender's"),
    NOT_ENCRYPTED("it is not encrypted, and CREWLINE_BROADCAST_KEYS is set");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  private final Reason reason;

  Rejection(Reason reason) {
    super(reason.text(), null, false, false);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }
}
