package io.crewline.gateway.sse;

import io.crewline.realtime.Frame;

/**
 * One block of a stream. Plain bytes, which need no counting of references: the framework queues
 * what it is given and may drop it.
 *
 * @param last the stream ends after it
 */
record SseFrame(byte[] bytes, boolean last) implements Frame {
  @Override
  public Frame retain() {
    return this;
  }

  @Override
  public void release() {}
}
