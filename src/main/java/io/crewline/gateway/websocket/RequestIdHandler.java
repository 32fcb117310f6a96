package io.crewline.gateway.websocket;

import io.crewline.platform.http.RequestIds;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * Gives each request its id, and its answer the same one: answers come in the order of requests.
 */
final class RequestIdHandler extends ChannelDuplexHandler {
  static final String NAME = "crewline-request-id";

  private final RequestIds ids;
  private final Queue<String> unanswered = new ArrayDeque<>();

  RequestIdHandler(RequestIds ids) {
    this.ids = ids;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof HttpRequest request) {
      String id = ids.choose(request.headers().getAll(RequestIds.HEADER));
      request.headers().set(RequestIds.HEADER, id);
      unanswered.add(id);
    }
    ctx.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse response && isFinal(response.status())) {
      String id = unanswered.poll();
      response.headers().set(RequestIds.HEADER, id == null ? ids.choose(List.of()) : id);
    }
    ctx.write(message, promise);
  }

  private static boolean isFinal(HttpResponseStatus status) {
    return status.codeClass() != HttpStatusClass.INFORMATIONAL
        || status.equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
  }
}
