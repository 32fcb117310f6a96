package io.crewline.realtime;

/**
 * Bytes ready for the wire, shared by all sessions that get them. Reference counted: whoever makes
 * one, or retains it, releases it once.
 */
public interface Frame {
  Frame retain();

  void release();
}
