package io.crewline.realtime;

import java.util.concurrent.Executor;

/** What a gateway offers to the engine: a connection that can be written to and closed. */
public interface Transport {
  /**
   * Runs tasks one after another in the order given. Sessions that return the same instance are
   * written to together.
   */
  Executor loop();

  Encoding encoding();

  /** Writes without flushing. On the loop only. The frame stays the caller's. */
  void write(Frame frame);

  /** Sends what was written. On the loop only. */
  void flush();

  /**
   * Whether the connection takes more at present. False while the memory that waits for a slow
   * client is over its limit; then {@link Session#writabilityChanged} is called when that changes.
   * Any thread.
   */
  boolean isWritable();

  /** Whether the connection is there; after a goodbye, until it was answered. Any thread. */
  boolean isOpen();

  /** Stops or goes on reading from the client. Any thread. */
  void setReading(boolean reading);

  /**
   * Whether the client is read from: while it is not, for whatever reason, it cannot give a sign of
   * life. Any thread.
   */
  default boolean isReading() {
    return true;
  }

  /** Says goodbye and ends the connection. Any thread; repeated calls do nothing. */
  void close(CloseReason reason);

  /** The client's address, for logs and limits. */
  String remoteAddress();

  /** The name of the protocol in metrics and logs, such as {@code websocket}. */
  String protocol();
}
