package io.crewline.gateway.websocket;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a connection whose request line and headers do not arrive in {@value #SECONDS} s, counted
 * from the connection's beginning or from the first byte of a later request. A client that sends
 * one header byte now and then would otherwise hold a connection for ever.
 */
final class RequestDeadline extends ChannelInboundHandlerAdapter {
  static final String NAME = "crewline-request-deadline";

  private static final long SECONDS = 10;

  private @Nullable Future<?> deadline;
  private boolean inRequest;

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    start(ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!inRequest) {
      start(ctx);
    }
    ctx.fireChannelRead(message);
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
  }

  private void start(ChannelHandlerContext ctx) {
    if (deadline == null) {
      deadline = ctx.executor().schedule(() -> ctx.close(), SECONDS, TimeUnit.SECONDS);
    }
  }

  private void cancel() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }
}
