package io.crewline.gateway;

import io.crewline.realtime.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/**
 * Bytes in a Netty buffer, complete for the wire: written as they are to any number of channels.
 */
public final class BufferFrame implements Frame {
  private final ByteBuf buffer;

  /** Takes over the caller's reference to the buffer. */
  public BufferFrame(ByteBuf buffer) {
    this.buffer = buffer.asReadOnly();
  }

  /** The bytes of several frames, copied into one. */
  public static BufferFrame join(List<Frame> frames) {
    int size = 0;
    for (Frame frame : frames) {
      size += ((BufferFrame) frame).buffer.readableBytes();
    }
    ByteBuf joined = ByteBufAllocator.DEFAULT.directBuffer(size);
    for (Frame frame : frames) {
      ByteBuf part = ((BufferFrame) frame).buffer;
      joined.writeBytes(part, part.readerIndex(), part.readableBytes());
    }
    return new BufferFrame(joined);
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
