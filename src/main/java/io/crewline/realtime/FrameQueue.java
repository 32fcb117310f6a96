package io.crewline.realtime;

import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The frames that are sent to one session, on their way to its loop, where they are written in the
 * order of sending. Thread-safe.
 */
final class FrameQueue {
  private static final Logger LOG = LoggerFactory.getLogger(FrameQueue.class);

  private final Session session;
  private final ArrayDeque<Frame> frames = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private boolean draining;

  FrameQueue(Session session) {
    this.session = session;
  }

  /**
   * Puts a frame in line, unless the session is over; many that come at once share one visit to the
   * loop and one flush.
   */
  void add(Frame frame) {
    boolean wake;
    lock.lock();
    try {
      if (!session.isOpen()) {
        frame.release();
        return;
      }
      frames.addLast(frame);
      wake = !draining;
      draining = true;
    } finally {
      lock.unlock();
    }
    if (wake) {
      wakeLoop();
    }
  }

  private void wakeLoop() {
    try {
      session.transport().loop().execute(this::drain);
    } catch (RejectedExecutionException e) {
      // The node has stopped, and the connection with it.
      drop();
    } catch (Throwable e) {
      // What is lost here would be missing before what comes later.
      drop();
      session.closeSilently();
      throw e;
    }
  }

  private void drain() {
    Transport transport = session.transport();
    try {
      for (Frame frame = next(); frame != null; frame = next()) {
        try {
          transport.write(frame);
        } finally {
          frame.release();
        }
      }
      transport.flush();
    } catch (Throwable e) {
      // A frame is missing from now on: what would come behind it must not be written.
      drop();
      session.closeSilently();
      LOG.error("Writing to session {} failed", session, e);
    }
  }

  private void drop() {
    lock.lock();
    try {
      frames.forEach(Frame::release);
      frames.clear();
      draining = false;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Frame next() {
    lock.lock();
    try {
      Frame frame = frames.pollFirst();
      draining = frame != null;
      return frame;
    } finally {
      lock.unlock();
    }
  }
}
