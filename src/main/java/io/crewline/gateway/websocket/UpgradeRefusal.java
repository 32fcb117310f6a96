package io.crewline.gateway.websocket;

import io.crewline.gateway.WireJson;
import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Why an upgrade is not made, or a request not let in.
 *
 * @param header a header that the status asks for, such as {@code Allow}; null for none
 * @param retryAfterMs how long to wait before another try, in milliseconds; 0 for none
 */
record UpgradeRefusal(
    int status,
    ErrorCode code,
    String detail,
    @Nullable String header,
    String headerValue,
    long retryAfterMs) {

  private UpgradeRefusal(
      int status, ErrorCode code, String detail, @Nullable String header, String headerValue) {
    this(status, code, detail, header, headerValue, 0);
  }

  static UpgradeRefusal badRequest(String detail) {
    return new UpgradeRefusal(400, ErrorCode.BAD_REQUEST, detail, null, "");
  }

  static UpgradeRefusal unauthenticated(String detail) {
    return new UpgradeRefusal(401, ErrorCode.UNAUTHENTICATED, detail, "WWW-Authenticate", "Bearer");
  }

  static UpgradeRefusal rateLimited(long waitMs) {
    return new UpgradeRefusal(
        429,
        ErrorCode.RATE_LIMITED,
        "too many connections from this address",
        "Retry-After",
        Long.toString(Math.ceilDiv(waitMs, 1000L)),
        waitMs);
  }

  static UpgradeRefusal method() {
    return new UpgradeRefusal(
        405, ErrorCode.METHOD_NOT_ALLOWED, "a WebSocket is opened with GET", "Allow", "GET");
  }

  static UpgradeRefusal noUpgrade() {
    return new UpgradeRefusal(
        426, ErrorCode.BAD_REQUEST, "this path speaks WebSocket only", "Upgrade", "websocket");
  }

  static UpgradeRefusal version() {
    return new UpgradeRefusal(
        426,
        ErrorCode.BAD_REQUEST,
        "only version 13 of the WebSocket protocol is supported",
        "Sec-WebSocket-Version",
        "13");
  }

  static UpgradeRefusal unavailable(ApiException refusal) {
    long ms = Objects.requireNonNull(refusal.retryAfterMs());
    return new UpgradeRefusal(
        503,
        refusal.code(),
        refusal.detail(),
        "Retry-After",
        Long.toString(Math.max(1, Math.ceilDiv(ms, 1000L))),
        ms);
  }

  /** The answer, a problem of RFC 9457, after which the connection ends. */
  FullHttpResponse response() {
    StringBuilder json = new StringBuilder("{\"type\":\"urn:crewline:error:");
    json.append(code.code()).append("\",\"title\":");
    WireJson.quote(json, status == 426 ? "Upgrade required" : code.title());
    json.append(",\"status\":").append(status).append(",\"detail\":");
    WireJson.quote(json, detail);
    json.append(",\"code\":");
    WireJson.quote(json, code.code());
    if (retryAfterMs > 0) {
      json.append(",\"retryAfterMs\":").append(retryAfterMs);
    }
    json.append('}');
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(status),
            Unpooled.copiedBuffer(json, StandardCharsets.UTF_8));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "application/problem+json")
        .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
        .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
        .set("X-Content-Type-Options", "nosniff")
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    if (header != null) {
      response.headers().set(header, headerValue);
      if (status == 426) {
        response.headers().set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
      }
    }
    return response;
  }
}
