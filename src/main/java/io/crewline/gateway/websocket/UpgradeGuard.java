package io.crewline.gateway.websocket;

import io.crewline.account.AccessTokens;
import io.crewline.account.VerifiedToken;
import io.crewline.platform.ApiException;
import io.crewline.platform.Draining;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.http.OriginPolicy;
import io.crewline.platform.limit.ClientAddresses;
import io.crewline.platform.limit.RateLimits;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides about requests before the framework sees them. One that could be read in two ways is
 * refused, and its connection ends, so that what follows is read by nobody. Of those to {@code /ws}
 * a wrong upgrade is answered with a problem (RFC 6455 §4.2), a right one goes on with an {@link
 * Admission} on its channel and without the headers that have been dealt with here.
 */
final class UpgradeGuard extends ChannelDuplexHandler {
  static final String NAME = "crewline-upgrade-guard";

  private static final String PATH = "/ws";

  private static final String BEARER = "Bearer ";
  private static final int KEY_BYTES = 16;

  private final OriginPolicy origins;
  private final AccessTokens tokens;
  private final Draining draining;
  private final RateLimits limits;
  private final ClientAddresses addresses;
  private final RequestDeadline deadline;
  private int unanswered;
  private boolean answering;
  private boolean admitted;
  private boolean dropping;

  UpgradeGuard(
      OriginPolicy origins,
      AccessTokens tokens,
      Draining draining,
      RateLimits limits,
      ClientAddresses addresses,
      RequestDeadline deadline) {
    this.origins = origins;
    this.tokens = tokens;
    this.draining = draining;
    this.limits = limits;
    this.addresses = addresses;
    this.deadline = deadline;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof HttpRequest) {
      deadline.begun();
    }
    if (message instanceof LastHttpContent) {
      deadline.ended();
    }
    if (dropping) {
      ReferenceCountUtil.release(message);
    } else if (isBrokenBody(message)) {
      // The codec gives it out as the end of the body, and reads nothing more from here on.
      dropping = true;
      ReferenceCountUtil.release(message);
      unanswered--;
      refuse(ctx, UpgradeRefusal.badRequest("the body is not chunked as it should be"));
    } else if (message instanceof HttpRequest request) {
      read(ctx, request);
    } else {
      ctx.fireChannelRead(message);
    }
  }

  private void read(ChannelHandlerContext ctx, HttpRequest request) {
    if (admitted) {
      // Something was sent after the upgrade request and before its answer; it is no HTTP.
      dropping = true;
      ReferenceCountUtil.release(request);
      ctx.close();
      return;
    }
    if (!request.decoderResult().isSuccess()) {
      // The headers end somewhere. As an upgrade the framework would fail and answer nothing.
      request.headers().remove(HttpHeaderNames.UPGRADE);
    } else {
      String fault = RequestFaults.find(request);
      UpgradeRefusal refusal =
          fault != null
              ? UpgradeRefusal.badRequest(fault)
              : isOurs(request) ? check(ctx, request) : null;
      if (refusal != null) {
        dropping = true;
        ReferenceCountUtil.release(request);
        refuse(ctx, refusal);
        return;
      }
    }
    unanswered++;
    ctx.fireChannelRead(request);
  }

  private static boolean isBrokenBody(Object message) {
    return !(message instanceof HttpRequest)
        && message instanceof HttpContent content
        && content.decoderResult().isFailure();
  }

  private static boolean isOurs(HttpRequest request) {
    String uri = request.uri();
    int query = uri.indexOf('?');
    String path = query < 0 ? uri : uri.substring(0, query);
    return (path.equals(PATH) || path.equals(PATH + "/"))
        && (request.method().equals(HttpMethod.GET) || asksForUpgrade(request.headers()));
  }

  private static boolean asksForUpgrade(HttpHeaders headers) {
    return headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        && headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
  }

  /** Null lets the request through. */
  private @Nullable UpgradeRefusal check(ChannelHandlerContext ctx, HttpRequest request) {
    HttpHeaders headers = request.headers();
    if (!asksForUpgrade(headers)) {
      return UpgradeRefusal.noUpgrade();
    }
    if (!request.method().equals(HttpMethod.GET)) {
      return UpgradeRefusal.method();
    }
    if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
      return UpgradeRefusal.badRequest("a WebSocket needs HTTP/1.1");
    }
    if (HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0) {
      return UpgradeRefusal.badRequest("an upgrade must have no body");
    }
    List<String> versions = headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_VERSION);
    if (versions.size() != 1 || !versions.getFirst().strip().equals("13")) {
      return UpgradeRefusal.version();
    }
    List<String> keys = headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    if (keys.size() != 1 || !isKey(keys.getFirst().strip())) {
      return UpgradeRefusal.badRequest(
          "Sec-WebSocket-Key must be " + KEY_BYTES + " bytes in Base64");
    }
    if (unanswered > 0) {
      return UpgradeRefusal.badRequest("an upgrade must wait for the answers before it");
    }
    if (draining.hasBegun()) {
      return UpgradeRefusal.unavailable(draining.refusal());
    }
    InetAddress client =
        addresses.of(
            (InetSocketAddress) ctx.channel().remoteAddress(),
            headers.getAll(ClientAddresses.HEADER));
    long waitMs = limits.address(client);
    if (waitMs > 0) {
      return UpgradeRefusal.rateLimited(waitMs);
    }
    VerifiedToken token;
    try {
      token = token(headers);
    } catch (ApiException e) {
      return UpgradeRefusal.unauthenticated(e.detail());
    }
    boolean originAllowed =
        headers.getAll(HttpHeaderNames.ORIGIN).stream()
            .allMatch(origin -> origins.allows(origin, headers.get(HttpHeaderNames.HOST)));
    ctx.channel().attr(Admission.KEY).set(new Admission(token, originAllowed, client));
    admitted = true;
    forward(request);
    return null;
  }

  private @Nullable VerifiedToken token(HttpHeaders headers) {
    List<String> values = headers.getAll(HttpHeaderNames.AUTHORIZATION);
    if (values.isEmpty()) {
      return null;
    }
    String value = values.getFirst();
    if (values.size() > 1 || !value.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      throw ApiException.of(ErrorCode.UNAUTHENTICATED, "Authorization must be a bearer token");
    }
    return tokens.verify(value.substring(BEARER.length()).strip());
  }

  private static boolean isKey(String key) {
    try {
      return key.length() == 24 && Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** What has been dealt with here must not be dealt with again, in the framework's own way. */
  private static void forward(HttpRequest request) {
    request.setUri(PATH);
    request
        .headers()
        .remove(HttpHeaderNames.AUTHORIZATION)
        .remove(HttpHeaderNames.ORIGIN)
        .remove(HttpHeaderNames.COOKIE)
        .remove(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS);
  }

  private void refuse(ChannelHandlerContext ctx, UpgradeRefusal refusal) {
    if (unanswered != 0 || answering) {
      // Answers must come whole and in the order of requests, and this one ends the connection.
      ctx.close();
    } else {
      ctx.writeAndFlush(refusal.response()).addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    boolean preliminary =
        message instanceof HttpResponse response
            && response.status().codeClass() == HttpStatusClass.INFORMATIONAL
            && response.status().code() != 101;
    if (message instanceof HttpResponse && !preliminary) {
      answering = true;
    }
    if (message instanceof LastHttpContent && !preliminary) {
      answering = false;
      unanswered--;
    }
    ctx.write(message, promise);
  }
}
