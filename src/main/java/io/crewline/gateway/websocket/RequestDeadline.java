package io.crewline.gateway.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a connection whose request does not arrive: the request line and headers have {@value
 * #HEAD_SECONDS} s, counted from the connection's beginning or from the first byte of a later
 * request; the body has {@value #BODY_SECONDS} s, and one more for each {@value #BYTES_PER_SECOND}
 * bytes that have come, and must not pause for longer than {@value #BODY_SECONDS} s. A client that
 * sends a byte now and then would otherwise hold a connection for ever. Time in which this side
 * does not read, for it is busy with what has come, does not count.
 */
final class RequestDeadline extends ChannelDuplexHandler {
  static final String NAME = "crewline-request-deadline";

  static final long HEAD_SECONDS = 10;
  static final long BODY_SECONDS = 30;
  static final long BYTES_PER_SECOND = 4096;

  private @Nullable Future<?> deadline;
  private boolean inRequest;
  private long received;
  private boolean reading;
  private long readingSince;
  private long waited;

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    awaitHead(ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!inRequest) {
      awaitHead(ctx);
    } else if (message instanceof ByteBuf bytes) {
      received += bytes.readableBytes();
    }
    ctx.fireChannelRead(message);
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!reading) {
      reading = true;
      readingSince = now(ctx);
    }
    ctx.read();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (reading) {
      waited += now(ctx) - readingSince;
      reading = ctx.channel().config().isAutoRead();
      readingSince = now(ctx);
    }
    // Not before: most requests are complete with what was read at once.
    if (inRequest && deadline == null) {
      received = 0;
      waited = 0;
      awaitBody(ctx, TimeUnit.SECONDS.toNanos(BODY_SECONDS));
    }
    ctx.fireChannelReadComplete();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    cancel();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    cancel();
    ctx.fireChannelInactive();
  }

  /** The headers are complete. */
  void begun() {
    inRequest = true;
    cancel();
  }

  /** The body is complete; what comes next is another request. */
  void ended() {
    inRequest = false;
    cancel();
  }

  private void awaitHead(ChannelHandlerContext ctx) {
    if (deadline == null) {
      deadline = ctx.executor().schedule(() -> ctx.close(), HEAD_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void awaitBody(ChannelHandlerContext ctx, long nanos) {
    deadline = ctx.executor().schedule(() -> checkBody(ctx), nanos, TimeUnit.NANOSECONDS);
  }

  private void checkBody(ChannelHandlerContext ctx) {
    long most = TimeUnit.SECONDS.toNanos(BODY_SECONDS);
    long pause = reading ? now(ctx) - readingSince : 0;
    long allowed = TimeUnit.SECONDS.toNanos(BODY_SECONDS + received / BYTES_PER_SECOND);
    long left = Math.min(most - pause, allowed - waited - pause);
    if (left > 0) {
      // Never so soon again that a connection at its limit keeps its loop busy.
      awaitBody(ctx, Math.max(left, TimeUnit.MILLISECONDS.toNanos(10)));
    } else {
      ctx.close();
    }
  }

  private static long now(ChannelHandlerContext ctx) {
    return ctx.executor().ticker().nanoTime();
  }

  private void cancel() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }
}
