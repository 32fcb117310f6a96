package io.crewline.gateway.websocket;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Puts a fragmented message together. Holds at most {@value #MAX_BYTES} bytes, however many
 * fragments there are, and grows with what was received, not with what was announced.
 */
final class MessageBuffer {
  /** The longest message, fragments included. */
  static final int MAX_BYTES = 65536;

  /** The most fragments of one message: endless empty ones must not keep the loop busy. */
  static final int MAX_FRAGMENTS = 16384;

  private static final byte[] EMPTY = {};

  private byte[] bytes = EMPTY;
  private int length;
  private int fragments;
  private boolean begun;

  /** Whether a message has begun and not ended. */
  boolean isOpen() {
    return begun;
  }

  /** Adds a fragment. Returns false when the message is over a limit. */
  boolean add(ByteBuf fragment) {
    begun = true;
    int more = fragment.readableBytes();
    if (++fragments > MAX_FRAGMENTS || length + more > MAX_BYTES) {
      return false;
    }
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.min(MAX_BYTES, Math.max(length + more, 2 * length)));
    }
    fragment.readBytes(bytes, length, more);
    length += more;
    return true;
  }

  /** The whole message; the next one may begin. */
  byte[] take() {
    byte[] message = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    bytes = EMPTY;
    length = 0;
    fragments = 0;
    begun = false;
    return message;
  }
}
