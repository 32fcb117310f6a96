package io.crewline.gateway.websocket;

import io.crewline.gateway.BufferFrame;
import io.crewline.realtime.CloseReason;
import io.crewline.realtime.Encoding;
import io.crewline.realtime.Frame;
import io.crewline.realtime.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Writes to one channel. Frames are written below the framework's encoder, since they are encoded
 * already. After the close frame nothing more is written (RFC 6455 §5.5.1).
 */
final class WebSocketTransport implements Transport {
  /** What may wait for a slow client: over the upper number it counts as not writable. */
  private static final WriteBufferWaterMark WAITING =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  private static final long GOODBYE_MS = 5000;
  private static final long SHORT_GOODBYE_MS = 2000;

  private final Channel channel;
  private final ChannelHandlerContext encoder;
  private final Encoding encoding;
  private final String remoteAddress;
  private volatile boolean reading = true;
  private volatile boolean paused;
  private volatile boolean closing;
  private Runnable whenClosing = () -> {};

  /**
   * @param encoder the context of the channel's WebSocket encoder
   * @param remoteAddress where the client is, which need not be the other end of the channel
   */
  WebSocketTransport(ChannelHandlerContext encoder, Encoding encoding, String remoteAddress) {
    this.channel = encoder.channel();
    this.encoder = encoder;
    this.encoding = encoding;
    this.remoteAddress = remoteAddress;
    channel.config().setWriteBufferWaterMark(WAITING);
  }

  /**
   * Sets what to do, once, on the loop, when no more is written because the server says goodbye.
   */
  void whenClosing(Runnable action) {
    whenClosing = action;
  }

  @Override
  public Executor loop() {
    return channel.eventLoop();
  }

  @Override
  public Encoding encoding() {
    return encoding;
  }

  @Override
  public void write(Frame frame) {
    if (!closing) {
      encoder.write(((BufferFrame) frame).view(), encoder.voidPromise());
    }
  }

  @Override
  public void flush() {
    encoder.flush();
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  /** How much waits for the client, in bytes. Any thread. */
  long waitingBytes() {
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    return waiting == null ? 0 : waiting.totalPendingWriteBytes();
  }

  @Override
  public void setReading(boolean reading) {
    // Remembered at once, because calls from other threads reach the loop later than its own.
    this.reading = reading;
    onLoop(this::applyReading);
  }

  @Override
  public boolean isReading() {
    return reading && !paused;
  }

  /** Stops reading whatever the session wants, or goes back to that. On the loop. */
  void setPaused(boolean pause) {
    paused = pause;
    applyReading();
  }

  private void applyReading() {
    channel.config().setAutoRead(reading && !paused || closing);
  }

  @Override
  public void close(CloseReason reason) {
    onLoop(
        () -> {
          if (begin()) {
            boolean broken = isBroken(reason);
            try {
              channel
                  .writeAndFlush(new CloseWebSocketFrame(reason.code(), reason.text()))
                  .addListener(done -> endOutput(broken));
              closeAfter(broken || reason == CloseReason.TOO_SLOW ? SHORT_GOODBYE_MS : GOODBYE_MS);
            } catch (RuntimeException | Error e) {
              channel.close();
              throw e;
            } finally {
              whenClosing.run();
            }
          }
        });
  }

  /** Whether the client cannot be expected to answer with a frame (RFC 6455 §7.1.7). */
  private static boolean isBroken(CloseReason reason) {
    return switch (reason) {
      case PROTOCOL_ERROR, TOO_LARGE, INVALID_UTF8, UNSUPPORTED_DATA -> true;
      default -> false;
    };
  }

  /** Lets such a client see the end at once, while what it still sends is read and dropped. */
  private void endOutput(boolean broken) {
    if (broken
        && channel instanceof DuplexChannel duplex
        && channel.pipeline().get(SslHandler.class) == null) {
      duplex.shutdownOutput();
    }
  }

  /** Answers the client's goodbye and ends the connection. Any thread; once only. */
  void answerGoodbye(CloseWebSocketFrame answer) {
    onLoop(
        () -> {
          if (begin()) {
            channel.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
            closeAfter(SHORT_GOODBYE_MS);
          } else {
            answer.release();
            channel.close();
          }
        });
  }

  boolean isClosing() {
    return closing;
  }

  /** Returns false when it had begun before. */
  private boolean begin() {
    if (closing || !channel.isActive()) {
      return false;
    }
    closing = true;
    // What the client still sends is read and dropped: its goodbye may be behind it, and closing a
    // socket with unread input would reset it, so that our close frame might be lost.
    applyReading();
    return true;
  }

  private void closeAfter(long ms) {
    channel.eventLoop().schedule(() -> channel.close(), ms, TimeUnit.MILLISECONDS);
  }

  private void onLoop(Runnable action) {
    if (channel.eventLoop().inEventLoop()) {
      action.run();
    } else {
      try {
        channel.eventLoop().execute(action);
      } catch (RejectedExecutionException e) {
        // The node has stopped, and the channel with it.
      }
    }
  }

  @Override
  public String remoteAddress() {
    return remoteAddress;
  }

  @Override
  public String protocol() {
    return "websocket";
  }
}
