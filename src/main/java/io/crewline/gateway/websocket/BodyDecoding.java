package io.crewline.gateway.websocket;

import io.crewline.gateway.websocket.EncodedBody.Undecodable;
import io.crewline.platform.http.BodyFault;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Decodes bodies with a {@code Content-Encoding} before the framework sees them, whole and within
 * {@link BodyFault#MAX_BYTES}. The framework's own decoding answers a body that does not decode
 * with 500, accepts one that ends early, and holds all that a small body can grow to. What cannot
 * be decoded goes on without a body, and with a {@link BodyFault}, so that it is refused in its
 * turn and the connection stays usable.
 */
final class BodyDecoding extends ChannelDuplexHandler {
  static final String NAME = "crewline-body-decoding";

  private @Nullable HttpRequest head;
  private String coding = "";
  private ByteArrayOutputStream encoded = new ByteArrayOutputStream(0);
  private boolean skipping;
  private int unanswered;

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof HttpRequest request) {
      begin(ctx, request);
    } else if (message instanceof HttpContent content && (head != null || skipping)) {
      try {
        read(ctx, content);
      } finally {
        ReferenceCountUtil.release(content);
      }
    } else {
      ctx.fireChannelRead(message);
    }
  }

  private void begin(ChannelHandlerContext ctx, HttpRequest request) {
    HttpHeaders headers = request.headers();
    headers.remove(BodyFault.HEADER);
    List<String> codings = codings(headers);
    boolean known = codings.size() == 1 && EncodedBody.isKnown(codings.getFirst());
    if (!known && !codings.isEmpty()) {
      headers.set(BodyFault.HEADER, BodyFault.UNKNOWN.wireName());
    }
    // A length that cannot be read is a failure already, and refused by the framework.
    if (!known || request.decoderResult().isFailure() || !hasBody(request)) {
      forward(ctx, request);
      return;
    }
    head = request;
    coding = codings.getFirst();
    encoded = new ByteArrayOutputStream();
    if (HttpUtil.is100ContinueExpected(request) && unanswered == 0) {
      ctx.writeAndFlush(
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
    }
  }

  private static boolean hasBody(HttpRequest request) {
    return HttpUtil.isTransferEncodingChunked(request)
        || HttpUtil.getContentLength(request, 0L) > 0;
  }

  private static List<String> codings(HttpHeaders headers) {
    List<String> codings = new ArrayList<>();
    for (String value : headers.getAll(HttpHeaderNames.CONTENT_ENCODING)) {
      for (String coding : value.split(",", -1)) {
        String name = coding.strip().toLowerCase(Locale.ROOT);
        if (!name.isEmpty() && !name.equals("identity")) {
          codings.add(name);
        }
      }
    }
    return codings;
  }

  private void read(ChannelHandlerContext ctx, HttpContent content) {
    boolean last = content instanceof LastHttpContent;
    if (!skipping) {
      if (encoded.size() + content.content().readableBytes() > BodyFault.MAX_BYTES) {
        skipping = true;
        end(ctx, new byte[0], BodyFault.TOO_LARGE);
      } else {
        byte[] bytes = new byte[content.content().readableBytes()];
        content.content().readBytes(bytes);
        encoded.writeBytes(bytes);
        if (last) {
          decode(ctx);
        }
      }
    }
    if (last) {
      skipping = false;
    }
  }

  private void decode(ChannelHandlerContext ctx) {
    byte[] content;
    try {
      content = EncodedBody.decode(coding, encoded.toByteArray(), BodyFault.MAX_BYTES);
    } catch (Undecodable e) {
      end(ctx, new byte[0], e.fault());
      return;
    }
    end(ctx, content, null);
  }

  private void end(ChannelHandlerContext ctx, byte[] content, @Nullable BodyFault fault) {
    HttpRequest request = head;
    head = null;
    encoded = new ByteArrayOutputStream(0);
    if (request == null) {
      return;
    }
    HttpHeaders headers = request.headers();
    headers
        .remove(HttpHeaderNames.CONTENT_ENCODING)
        .remove(HttpHeaderNames.TRANSFER_ENCODING)
        .remove(HttpHeaderNames.EXPECT)
        .set(HttpHeaderNames.CONTENT_LENGTH, content.length);
    if (fault != null) {
      headers.set(BodyFault.HEADER, fault.wireName());
    }
    forward(
        ctx,
        new DefaultFullHttpRequest(
            request.protocolVersion(),
            request.method(),
            request.uri(),
            Unpooled.wrappedBuffer(content),
            headers,
            EmptyHttpHeaders.INSTANCE));
  }

  private void forward(ChannelHandlerContext ctx, HttpRequest request) {
    unanswered++;
    ctx.fireChannelRead(request);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    boolean preliminary =
        message instanceof HttpResponse response
            && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    if (message instanceof LastHttpContent && !preliminary) {
      unanswered--;
    }
    ctx.write(message, promise);
  }
}
