package io.crewline.gateway.websocket;

import io.crewline.platform.Draining;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * Counts the requests of a connection that are not answered yet, and ends the connection after the
 * next answer when the node drains (RFC 9112 §9.6). An upgrade counts until this handler is
 * removed, so that it is never overlooked between its answer and its session.
 */
final class OpenRequests extends ChannelDuplexHandler {
  static final String NAME = "crewline-open-requests";

  private final Draining draining;
  private int open;

  OpenRequests(Draining draining) {
    this.draining = draining;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof HttpRequest) {
      open++;
      draining.requestBegun();
    }
    ctx.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse response) {
      if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
        ctx.write(message, promise);
        return;
      }
      if (draining.hasBegun()) {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      }
    }
    ChannelPromise written = promise;
    if (message instanceof LastHttpContent) {
      written = promise.unvoid();
      written.addListener(done -> ended(1));
      if (draining.hasBegun()) {
        written.addListener(ChannelFutureListener.CLOSE);
      }
    }
    ctx.write(message, written);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ended(open);
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ended(open);
  }

  private void ended(int count) {
    int known = Math.min(open, count);
    open -= known;
    draining.requestsEnded(known);
  }
}
