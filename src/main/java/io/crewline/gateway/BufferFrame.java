package io.crewline.gateway;

import io.crewline.realtime.Frame;
import io.netty.buffer.ByteBuf;

/**
 * Bytes in a Netty buffer, complete for the wire: written as they are to any number of channels.
 */
public final class BufferFrame implements Frame {
  private final ByteBuf buffer;

  /** Takes over the caller's reference to the buffer. */
  public BufferFrame(ByteBuf buffer) {
    this.buffer = buffer.asReadOnly();
  }

  @Override
  public Frame retain() {
    buffer.retain();
    return this;
  }

  @Override
  public void release() {
    buffer.release();
  }

  /** A view for one channel, which releases it; the bytes are shared. */
  public ByteBuf view() {
    return buffer.retainedDuplicate();
  }
}
